#!/usr/bin/env node
// Bundles what audits a part of a run into a folder for Lambda, and prints where it is. Synthesis runs it.
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
// The bundler of our TypeScript loader, in the version that the lock file pins for it.
const { build } = createRequire(import.meta.resolve('tsx'))('esbuild')
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'aftershock', 'distributions')

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['chaos/audit-function.ts'],
  write: false,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // CommonJS packages in the bundle call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
const [{ contents }] = outputFiles
// Named by its content: whoever stages it at the same time writes the same.
const folder = join(cache, `audit-${createHash('sha256').update(contents).digest('hex')}`)
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'index.mjs'), contents)
process.stdout.write(`${folder}\n`)
