#!/usr/bin/env node
import { bootstrap } from './bootstrap.mjs'

bootstrap()
if (process.env.AFTERSHOCK_DEBUG) process.setSourceMapsEnabled(true)
const { leave, main } = await import('../dist/chaos/cli.js')
leave(await main(process.argv.slice(2)))
