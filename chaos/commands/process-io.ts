import { realpathSync } from 'node:fs'
import { basename, delimiter, join, relative, sep } from 'node:path'
import { shellWord } from '../core/shell-word.ts'
import { packageRoot } from '../package-root.ts'
import { isStaged } from '../staged-program.ts'
import type { Io, TextSink } from './io.ts'

/** The process that this is. */
export function processIo(): Io {
  // A reader that leaves early (`| head`, `2>&1 | head`) is no reason to die in the middle of a run.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  return {
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    isTerminal: process.stderr.isTTY,
    // The one file that a machine of the fleet fetched has no package around it.
    ...(!isStaged() && { program: programName(process.env, process.cwd(), packageRoot()) }),
  }
}

function sinkOf(stream: NodeJS.WriteStream): TextSink {
  return {
    write: text => stream.write(text),
    get columns() {
      return stream.isTTY ? stream.columns : undefined
    },
  }
}

const NAME = 'aftershock'

/**
 * How a shell in `cwd` calls this program: by its name where that leads here, else through npx with its folder. The
 * name alone is never given to npx outside of a project that has it: npx would ask the registry for it.
 */
export function programName(env: Io['env'], cwd: string, root: string): string {
  const folders = (env.PATH ?? '').split(delimiter).filter(folder => !isOfNpm(folder))
  if (folders.some(folder => leadsTo(join(folder, NAME), root))) return NAME
  if (basename(join(root, '..')) === 'node_modules' && isWithin(cwd, join(root, '..', '..')))
    return `npx ${NAME}`
  if (cwd === root) return 'npx .'
  return `npx ${shellWord(root)}`
}

/** npm puts folders of its own in front of PATH for what it runs; the user's shell does not have them. */
function isOfNpm(folder: string): boolean {
  return folder.includes(`${sep}node_modules${sep}.bin`) || folder.includes(`${sep}node-gyp-bin`)
}

function isWithin(path: string, folder: string): boolean {
  const steps = relative(folder, path)
  return !steps.startsWith('..')
}

/** Not on Windows, where a script stands in the place of the link; there it runs within WSL. */
function leadsTo(path: string, root: string): boolean {
  try {
    return realpathSync(path) === realpathSync(join(root, 'bin', 'aftershock.mjs'))
  } catch {
    return false
  }
}
