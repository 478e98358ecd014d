#!/usr/bin/env node
import { bootstrap } from './bootstrap.mjs'

bootstrap()
if (process.env.AFTERSHOCK_DEBUG) process.setSourceMapsEnabled(true)
const { main } = await import('../dist/chaos/cli.js')
process.exitCode = await main(process.argv.slice(2))
