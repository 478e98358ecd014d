import type { RecordId } from '../record/history.ts'

/** One record as a poll returned it. */
export interface PolledRecord {
  readonly offset: number
  readonly id: RecordId
}

/** What kafkajs tells of it, so far as it is looked at. */
export interface PolledMessage {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: string
  readonly headers?: Readonly<Record<string, unknown>> | undefined
}

/** The history's line for one poll of one partition: a run per stretch of consecutive offsets. */
export function pollLine(
  t: number,
  topic: string,
  partition: number,
  records: readonly PolledRecord[],
): string {
  const name = JSON.stringify(topic)
  let runs = ''
  let expected = -1
  for (const { offset, id } of records) {
    if (offset === expected) {
      runs += `,"${id}"`
    } else {
      runs += `${runs === '' ? '' : ']],'}[${name},${partition},${offset},["${id}"`
    }
    expected = offset + 1
  }
  return `{"kind":"poll","t":${Math.round(t)},"runs":[${runs === '' ? '' : `${runs}]]`}]}`
}
