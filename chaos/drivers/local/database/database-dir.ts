import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LabLayout } from '../lab/lab-layout.ts'

/**
 * Where the server has its files. It refuses to run as root, and whoever runs it instead cannot reach root's home: then
 * they are in the machine's own folder for such things, under a name that only this block of addresses has.
 */
export function databaseDir({ block, dir }: Pick<LabLayout, 'block' | 'dir'>): string {
  return isRoot() ? join(tmpdir(), `aftershock-database-${block}`) : join(dir, 'database')
}

export const isRoot = (): boolean => process.getuid?.() === 0

export function removeDatabase(layout: Pick<LabLayout, 'block' | 'dir'>): void {
  rmSync(databaseDir(layout), { recursive: true, force: true })
}
