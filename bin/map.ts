#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs'
import { withMap } from '../test/house/contributing.ts'
import { packageFile } from '../chaos/package-root.ts'

/** `node --import tsx bin/map.ts`: draws the map in CONTRIBUTING.md again, from what the sources import. */
const page = packageFile('CONTRIBUTING.md')
writeFileSync(page, withMap(readFileSync(page, 'utf8')))
