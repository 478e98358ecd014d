#!/usr/bin/env node
import { bootstrap } from './bootstrap.mjs'

bootstrap()
// The lock file pins the AWS SDK: which Node.js its later versions want is no news to whoever runs this one.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
if (process.env.AFTERSHOCK_DEBUG) process.setSourceMapsEnabled(true)
const { leave, main } = await import('../dist/chaos/cli.js')
leave(await main(process.argv.slice(2)))
