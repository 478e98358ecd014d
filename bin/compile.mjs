#!/usr/bin/env node
// `npm run build`: as the first start builds, with the stamp that tells the next one so.
import { root, say } from './bootstrap.mjs'
import { build } from './build.mjs'
import { exclusively } from './exclusively.mjs'

exclusively(root, say, () => build(root, say))
