import { compactString, frame, header, int32, Reader } from './wire.ts'

const API_VERSIONS = 18
const UPDATE_FEATURES = 57
/**
 * The first that tells all features, since Kafka 3.9: answers to 3 leave out each one whose lowest level is 0, which is all but
 * `metadata.version` (KAFKA-17011). The answer's header is that of version 0, as it always is.
 */
const TOLD_SINCE = 4
/** The last with an answer for each feature. */
const UPDATED_WITH = 1
const NO_TAGS = Buffer.from([0])

/** What a broker says of levels: those that its release knows, and the one that the cluster has finalized. */
export interface BrokerFeatures {
  /** By name; 0 stands for "not finalized". */
  readonly supported: Readonly<Record<string, { readonly min: number; readonly max: number }>>
  readonly finalized: Readonly<Record<string, number>>
  /** Of what is finalized, as this broker knows it; -1: it does not know. */
  readonly epoch: bigint
}

/** `downgrade`: only where nothing that was written would be lost. */
export type FeatureChange = 'upgrade' | 'downgrade'
const CHANGES: Readonly<Record<FeatureChange, number>> = { upgrade: 1, downgrade: 2 }

/** Error 0 where it was done. */
export interface FeatureAnswer {
  readonly error: number
  /** In Kafka's own words; null where it says none. */
  readonly message: string | null
}

/** Layout: Kafka protocol guide, ApiVersions v4. */
export function featuresRequest(correlation: number): Buffer {
  const own = compactString('aftershock-probe')
  return frame(
    Buffer.concat([header(API_VERSIONS, TOLD_SINCE, correlation), NO_TAGS, own, compactString('1'), NO_TAGS]),
  )
}

export function readFeatures(payload: Buffer): BrokerFeatures | null {
  const reader = new Reader(payload)
  reader.int32()
  if (reader.int16() !== 0) return null
  reader.compactArray(() => {
    reader.skip(6)
    reader.tags()
  })
  reader.int32()
  const supported: Record<string, { min: number; max: number }> = {}
  const finalized: Record<string, number> = {}
  let epoch = -1n
  reader.taggedFields({
    0: () =>
      reader.compactArray(() => {
        const name = reader.compactString() ?? ''
        supported[name] = { min: reader.int16(), max: reader.int16() }
        reader.tags()
      }),
    1: () => {
      epoch = reader.int64()
    },
    2: () =>
      reader.compactArray(() => {
        const name = reader.compactString() ?? ''
        finalized[name] = reader.int16()
        reader.int16()
        reader.tags()
      }),
  })
  return { supported, finalized, epoch }
}

/** Any broker takes it, and hands it on to the active controller. Layout: Kafka protocol guide, UpdateFeatures v1. */
export function updateFeaturesRequest(
  correlation: number,
  { levels, change, timeoutMs }: FeatureUpdate,
): Buffer {
  const wanted = Object.entries(levels).map(([feature, level]) => {
    const numbers = Buffer.alloc(3)
    numbers.writeInt16BE(level)
    numbers.writeInt8(CHANGES[change], 2)
    return Buffer.concat([compactString(feature), numbers, NO_TAGS])
  })
  return frame(
    Buffer.concat([
      header(UPDATE_FEATURES, UPDATED_WITH, correlation),
      NO_TAGS,
      int32(timeoutMs),
      Buffer.from([wanted.length + 1]), // a short list: its length fits in one byte
      ...wanted,
      Buffer.from([0]), // not only to validate
      NO_TAGS,
    ]),
  )
}

export interface FeatureUpdate {
  /** At most 126 features. */
  readonly levels: Readonly<Record<string, number>>
  readonly change: FeatureChange
  readonly timeoutMs: number
}

/** The answer for a feature that was refused where there is one of its own, else that for the whole request. */
export function readFeatureAnswer(payload: Buffer): FeatureAnswer {
  const reader = new Reader(payload)
  reader.int32()
  reader.tags()
  reader.int32()
  const whole = { error: reader.int16(), message: reader.compactString() }
  const each = reader.compactArray(() => {
    reader.compactString()
    const answer = { error: reader.int16(), message: reader.compactString() }
    reader.tags()
    return answer
  })
  return each.find(({ error }) => error !== 0) ?? whole
}
