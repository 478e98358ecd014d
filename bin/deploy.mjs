#!/usr/bin/env node
// `npm run deploy` and `npm run destroy`: joins the stacks, which know no prices, with the price table.
import { root, say } from './bootstrap.mjs'
import { exclusively } from './exclusively.mjs'
import { installPackages, packagesAreCurrent } from './packages.mjs'

// Packages only: what runs here is loaded from its source, so that nothing has to be built.
if (!packagesAreCurrent(root)) exclusively(root, say, () => installPackages(root, say))
const { register } = await import('tsx/esm/api')
register()
const { runProgram } = await import('../lib/deploy/program.ts')
const { loadPrices } = await import('../chaos/cost/prices.ts')
const { EXIT } = await import('../chaos/core/exit-codes.ts')
const { systemClock } = await import('../chaos/system-clock.ts')

const ending = await runProgram(process.argv.slice(2), {
  root,
  env: process.env,
  today: new Date(systemClock.wallMs()).toISOString().slice(0, 10),
  readPrices(path) {
    const { origin, rows } = loadPrices(path)
    return { ...origin, prices: rows }
  },
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
})
process.exitCode = EXIT[ending]
