#!/usr/bin/env node
import { runFolderPage } from '../chaos/record/run-folder-page.ts'

/** `node --import tsx bin/run-folder.ts > docs/run-folder.md`: how a run's folder is laid out, from its schemas. */
process.stdout.write(runFolderPage())
