import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AftershockError } from '../../chaos/core/errors.ts'
import { runChild } from './run-child.ts'

/** A program that brings one file to this machine, for cdk to upload; it prints where the file is. */
export interface Stager {
  readonly command: readonly string[]
  /** What it brings, as it is named in the environment's file; for a program of ours, its own name. */
  readonly source: string
  /** Whether nobody has said yet what the file must be: it ends by printing what it is. */
  readonly lacksChecksum: boolean
}

const assets = z.object({
  files: z.record(z.string(), z.object({ source: z.object({ executable: z.string().array().optional() }) })),
})

/** All stagers of an assembly, each once. */
export function readStagers(folder: string): readonly Stager[] {
  const manifests = readdirSync(folder).filter(file => file.endsWith('.assets.json'))
  const commands = manifests.flatMap(file => {
    const { files } = assets.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')))
    return Object.values(files).flatMap(({ source }) => (source.executable ? [source.executable] : []))
  })
  const once = new Map(commands.map(command => [command.join('\n'), command]))
  return [...once.values()].map(command => {
    const [source = '', checksum] = command.slice(2)
    return {
      command,
      source: source === '' ? (command[1]?.split('/').at(-1) ?? '') : source,
      lacksChecksum: checksum === 'unset',
    }
  })
}

export interface StagingOptions {
  readonly root: string
  readonly env?: NodeJS.ProcessEnv | undefined
  readonly err: (text: string) => void
}

/** As the stagers end: the file is not what was expected, or cannot be told to be. */
const WRONG = [64, 65]

/**
 * Runs all of them before anything is created, whatever the first says: cdk runs each just before its stack, when
 * others already cost money. What they bring is kept, so cdk finds it at once.
 * @throws AftershockError `input` when a file is not what it must be, `unavailable` when one cannot be fetched.
 */
export async function stageAll(
  stagers: readonly Stager[],
  { root, env, err }: StagingOptions,
): Promise<void> {
  const failed: { source: string; status: number; lacksChecksum: boolean }[] = []
  for (const { command, source, lacksChecksum } of stagers) {
    err(`staging ${source}\n`)
    const status = await runChild(command, { cwd: root, env: env ?? process.env, output: 'errors-shown' })
    if (status !== 0) failed.push({ source, status, lacksChecksum })
  }
  if (failed.length === 0) return
  const isWrong = failed.some(({ status }) => WRONG.includes(status))
  const sources = failed.map(({ source }) => `  ${source}\n`).join('')
  throw new AftershockError(
    isWrong ? 'input' : 'unavailable',
    `nothing was created: ${failed.length} of ${stagers.length} files that nodes need could not be staged (why is above)\n${sources.trimEnd()}`,
    {
      hint: failed.some(({ lacksChecksum }) => lacksChecksum)
        ? 'Compare each SHA-256 above with what the publisher says, write it into the environment file, and deploy again.'
        : 'The same command tries again; what could be staged is kept.',
    },
  )
}
