import { readAcked } from './region-histories.ts'
import type { AckedRecord } from './region-audit.ts'
import { readStoredRecords, type StoredRecords } from './stored-records.ts'

/** What tells which records an upgrade lost or had sent again. */
export interface UpgradeHistories {
  readonly acked: readonly AckedRecord[]
  /** When each was first sent, by topic and id. */
  readonly sent: ReadonlyMap<string, number>
  readonly stored: StoredRecords
}

export async function readUpgrade(runDir: string, topics: readonly string[]): Promise<UpgradeHistories> {
  return { ...(await readAcked(runDir)), stored: await readStoredRecords(runDir, new Set(topics)) }
}
