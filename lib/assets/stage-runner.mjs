#!/usr/bin/env node
// Bundles this program, whole, into one archive and prints where it is: what a machine runs that carries out drills. It is
// laid out as the package is (`dist/`, drills, contracts, prices), since a run starts a guardian and threads of its own.
// Synthesis runs it, so that its digest is in the settings of the machine. Packages with native code are left out.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
// The bundler of our TypeScript loader, in the version that the lock file pins for it.
const { build } = createRequire(import.meta.resolve('tsx'))('esbuild')
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'aftershock', 'distributions')

/** Beside one another: each is looked for in the folder of whoever starts it. */
const ENTRIES = {
  cli: 'chaos/cli.ts',
  guardian: 'chaos/run/guardian.ts',
  'replay-worker': 'chaos/replay/replay-worker.ts',
  'fetch-worker': 'chaos/replay/log/fetch-worker.ts',
}
const FOLDERS = ['drills', 'contracts', 'chaos/cost/workloads', 'node_modules/fzstd']
const FILES = ['package.json', 'chaos/cost/prices.json', 'node_modules/kafkajs/package.json']

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ENTRIES,
  outdir: join(root, 'dist'),
  write: false,
  // Each whole by itself: in parts that are shared, a package of CommonJS that is loaded late has no names.
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Its environments come with the days.
  external: ['../../lib/*'],
  // CommonJS packages in the bundle call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
const files = new Map([
  ...FILES.map(name => [name, readFileSync(join(root, name))]),
  ...FOLDERS.flatMap(inside),
  ...outputFiles.map(({ path, contents }) => [
    relative(root, path).split(sep).join('/'),
    Buffer.from(contents),
  ]),
])
const archive = gzipSync(tar([...files].toSorted(([a], [b]) => (a < b ? -1 : 1))))
mkdirSync(cache, { recursive: true })
// Named by its content, in one step: others may be staging too, or reading it.
const outfile = join(cache, `runner-${createHash('sha256').update(archive).digest('hex')}.tar.gz`)
const part = `${outfile}.${process.pid}`
writeFileSync(part, archive)
renameSync(part, outfile)
process.stdout.write(`${outfile}\n`)

function inside(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => {
      const path = join(entry.parentPath, entry.name)
      return [relative(root, path).split(sep).join('/'), readFileSync(path)]
    })
}

/** In the format of POSIX.1-1988, with nothing in it that differs from day to day: the same files are the same bytes. */
function tar(entries) {
  const blocks = entries.flatMap(([name, content]) => {
    if (Buffer.byteLength(name) > 100) {
      process.stderr.write(`${name}: the format has names of at most 100 bytes\n`)
      process.exit(70)
    }
    const padding = Buffer.alloc((512 - (content.length % 512)) % 512)
    return [header(name, content.length), content, padding]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

function header(name, size) {
  const block = Buffer.alloc(512)
  const octal = (value, digits) => `${value.toString(8).padStart(digits, '0')}\0`
  const fields = [
    [0, name],
    [100, octal(0o644, 7)],
    [108, octal(0, 7)],
    [116, octal(0, 7)],
    [124, octal(size, 11)],
    [136, octal(0, 11)],
    [148, ' '.repeat(8)],
    [156, '0'],
    [257, 'ustar\0'],
    [263, '00'],
  ]
  for (const [at, text] of fields) block.write(text, at, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}
