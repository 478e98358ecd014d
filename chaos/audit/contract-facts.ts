import type { TopicFacts } from './catalog.ts'

/** The part of a contract that the auditor looks at. */
export interface AuditedTopics {
  readonly [topic: string]: {
    readonly duplicates: 'tolerated' | 'forbidden'
    readonly cleanup: string
    /** Milliseconds. */
    readonly replayWindow: number
  }
}

export function contractFacts(topics: AuditedTopics): TopicFacts {
  return name => {
    const topic = topics[name]
    return {
      duplicates: topic?.duplicates ?? null,
      // A contract that asks for replays is kept only when compaction waits as long (min.compaction.lag.ms).
      compactableAfterMs: topic?.cleanup.includes('compact') ? topic.replayWindow : null,
    }
  }
}
