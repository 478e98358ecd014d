import { type SendLog, type SendOutcome, sendLogWriter } from '../../../chaos/score/send-log.ts'

/** One partition of one request, for tests: who, when it was due, sent and answered, and how it ended. */
export interface Send {
  readonly partition?: string
  readonly zone?: string
  readonly shard?: string
  /** @default due */
  readonly sent?: number
  readonly due: number
  /** Without it there never was an answer. */
  readonly done?: number
  readonly outcome?: SendOutcome
}

export function logOf(sends: readonly Send[]): SendLog {
  const writer = sendLogWriter()
  sends.forEach((send, index) => {
    const zone = send.zone ?? 'az-a'
    const row = writer.open({
      partition: send.partition ?? 'telemetry/0',
      zone,
      shard: send.shard ?? `history/gw-${zone}.jsonl`,
      invokeT: send.sent ?? send.due,
      due: send.due,
      records: 1,
      invokeLine: index * 2 + 2,
    })
    if (send.done !== undefined) writer.close(row, send.outcome ?? 0, send.done, index * 2 + 3)
  })
  return writer.finish()
}

/** Sends that are acknowledged 10 ms after they were due, every `everyMs`. */
export function steadySends(fromMs: number, toMs: number, everyMs: number, send: Partial<Send> = {}): Send[] {
  return Array.from({ length: Math.floor((toMs - fromMs) / everyMs) }, (_, index) => {
    const due = fromMs + index * everyMs
    return { ...send, due, done: due + 10 }
  })
}
