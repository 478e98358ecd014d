#!/usr/bin/env node
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SCHEMAS, schemaText } from '../chaos/commands/schema.ts'
import { packageFile } from '../chaos/package-root.ts'

/** `node --import tsx bin/schemas.ts`: the schema of each JSON file into `schema/`, from what the program parses with. */
const folder = packageFile('schema')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
for (const kind of Object.keys(SCHEMAS)) writeFileSync(join(folder, `${kind}.schema.json`), schemaText(kind))
