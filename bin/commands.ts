#!/usr/bin/env node
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandPages } from '../test/house/command-pages.ts'
import { packageFile } from '../chaos/package-root.ts'

/** `node --import tsx bin/commands.ts`: a page of each command into `docs/commands/`, from what the program parses. */
const folder = packageFile('docs', 'commands')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
for (const [name, text] of await commandPages()) writeFileSync(join(folder, name), text)
