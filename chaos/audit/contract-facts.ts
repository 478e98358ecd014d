import type { TopicFacts } from './catalog.ts'

/** The part of a contract that the auditor looks at; runs of before it was written have no `retention` here. */
export interface AuditedTopics {
  readonly [topic: string]: {
    readonly duplicates: 'tolerated' | 'forbidden'
    readonly cleanup: string
    /** Milliseconds. */
    readonly replayWindow: number
    readonly retention?: number | undefined
    /** Of each partition. */
    readonly retentionBytes?: number | undefined
    readonly dataClass?: string | undefined
  }
}

export function contractFacts(topics: AuditedTopics): TopicFacts {
  return name => {
    const topic = topics[name]
    if (topic === undefined) return { duplicates: null, keeping: null, dataClass: null }
    return {
      duplicates: topic.duplicates,
      dataClass: topic.dataClass ?? null,
      keeping: {
        compacts: topic.cleanup.includes('compact'),
        windowMs: topic.replayWindow,
        retentionMs: topic.retention ?? null,
        isLimitedBySize: topic.retentionBytes !== undefined,
      },
    }
  }
}
