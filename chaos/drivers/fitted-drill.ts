import type { Drill } from '../core/drill.ts'

/**
 * The drill with topics of its own: each by a name that begins with the prefix, also where its timeline names one; and
 * with as many copies as there are brokers for.
 */
export function fittedDrill(drill: Drill, prefix: string, brokers: number): Drill {
  const { topics } = drill.contract
  const fitted = Object.entries(topics).map(([name, terms]) => {
    const replicas = Math.min(terms.replicas, brokers)
    const minInSyncReplicas = Math.min(terms.minInSyncReplicas, replicas)
    return [`${prefix}${name}`, { ...terms, replicas, minInSyncReplicas }] as const
  })
  const rename = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const [name = '', ...rest] = value.split('/')
      return topics[name] ? [`${prefix}${name}`, ...rest].join('/') : value
    }
    if (Array.isArray(value)) return value.map(rename)
    return value
  }
  const named = (spec: TimelineSpec): TimelineSpec =>
    Object.fromEntries(
      Object.entries(spec).map(([key, value]) => [
        key,
        TOPIC_KEYS.has(key) ? rename(value) : deeper(key, value, rename),
      ]),
    )
  return {
    ...drill,
    contract: { ...drill.contract, topics: Object.fromEntries(fitted) },
    timeline: drill.timeline.map(entry => ({ ...entry, spec: named(entry.spec) })),
  }
}

type TimelineSpec = Drill['timeline'][number]['spec']

/** The keys by which entries of a timeline name topics. */
const TOPIC_KEYS: ReadonlySet<string> = new Set(['topics', 'leader-of'])

const deeper = (key: string, value: unknown, rename: (value: unknown) => unknown): unknown =>
  key === 'target' && typeof value === 'object' && value !== null && 'leader-of' in value
    ? { ...value, 'leader-of': rename(value['leader-of']) }
    : value
