#!/usr/bin/env node
// Bundles this program into one file of JavaScript and prints where it is. Synthesis runs it, so that the digest of
// what the fleet runs is in its settings: a shard needs Node.js and this file, and no package registry.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
// The bundler of our TypeScript loader, in the version that the lock file pins for it.
const { build } = createRequire(import.meta.resolve('tsx'))('esbuild')
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'aftershock', 'distributions')

// What chaos/staged-program.ts reads instead of the files of the package, which are not where this file goes.
const staged = {
  version: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
  contract: readFileSync(join(root, 'contracts', 'fleet.yaml'), 'utf8'),
}

mkdirSync(cache, { recursive: true })
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['chaos/cli.ts'],
  write: false,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // A machine of the fleet deploys nothing.
  external: ['../../lib/*'],
  define: { AFTERSHOCK_STAGED: JSON.stringify(staged) },
  // CommonJS packages in the bundle call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
const [{ contents }] = outputFiles
// Named by its content, in one step: others may be staging too, or reading it.
const outfile = join(cache, `aftershock-${createHash('sha256').update(contents).digest('hex')}.mjs`)
const part = `${outfile}.${process.pid}`
writeFileSync(part, contents)
renameSync(part, outfile)
process.stdout.write(`${outfile}\n`)
