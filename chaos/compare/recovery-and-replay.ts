import type { PlatformId } from '../platforms/platform-id.ts'
import { usesObjectStore } from '../platforms/index.ts'
import { NO_STORE } from '../cost/resource-numbers.ts'
import { coldShare } from '../numbers/replay.ts'
import type { HeaderFile } from '../record/run-header.ts'
import { notByPlatform } from '../score/tool-bound.ts'
import type { Measured } from '../record/measured.ts'
import type { ReplayMeasurement } from '../record/measurements.ts'
import type { RecoveryBytesRow, ReplayImpact, Spread } from './comparison.ts'
import type { RunFolder } from './run-folder.ts'
import { numberOfRun, spreadOf } from './spread.ts'

export interface Column {
  readonly platform: PlatformId
  readonly runs: readonly RunFolder[]
}

/** Producers, dashboards and the replay itself: before, while it ran, and after. */
export function replayImpact(drill: HeaderFile['drill'], columns: readonly Column[]): ReplayImpact[] {
  const replays = drill.timeline.filter(entry => entry.role === 'action' && entry.kind === 'replay')
  return replays.map(({ id }) => ({
    subject: id,
    perPlatform: perColumn(columns, ({ runs }) => impact(id, runs)),
  }))
}

function impact(id: string, runs: readonly RunFolder[]) {
  const of = (pick: (replay: ReplayMeasurement) => Measured | undefined): Spread =>
    overRuns(runs, run => {
      const replay = run.judged?.measurements.replays.find(candidate => candidate.id === id)
      return replay ? pick(replay) : unknown(run.why ?? 'the replay never began')
    })
  const phases = (['before', 'during', 'after'] as const).map(name => {
    const phase = (pick: (phase: ReplayMeasurement['phases'][number]) => Measured) =>
      of(replay => {
        const found = replay.phases.find(candidate => candidate.phase === name)
        return found ? pick(found) : undefined
      })
    return {
      phase: name,
      producerP50Ms: phase(({ producer }) => latency(producer.p50Ms)),
      producerP99Ms: phase(({ producer }) => latency(producer.p99Ms)),
      tailLagMaxSeconds: phase(({ tailLagMaxSeconds }) => tailLagMaxSeconds),
      ackedPerSecond: phase(({ ackedPerSecond }) => ackedPerSecond),
    }
  })
  return {
    phases,
    producerP99Ratio: of(replay => replay.producerP99Ratio),
    seconds: of(ofPlatform('seconds')),
    recordsPerSecond: of(ofPlatform('recordsPerSecond')),
    bytesPerSecond: of(ofPlatform('bytesPerSecond')),
    coldShare: of(coldShare),
  }
}

/** A replay that its own reader or the machine held up says nothing of the platform, but that it gives no less than that. */
const ofPlatform =
  (name: 'seconds' | 'recordsPerSecond' | 'bytesPerSecond') =>
  (replay: ReplayMeasurement): Measured => {
    const why = notByPlatform(replay)
    return why === null ? replay[name] : { value: null, why, from: replay[name].from }
  }

const latency = (value: number | null): Measured =>
  value === null ? unknown('no batch was acknowledged in this phase') : { value, why: null, from: [] }

/** What recovery itself moved between brokers, fault by fault. */
export function recoveryBytes(drill: HeaderFile['drill'], columns: readonly Column[]): RecoveryBytesRow[] {
  return drill.timeline
    .filter(entry => entry.role === 'fault')
    .map(({ id, kind }) => {
      const faultIn = (run: RunFolder) => run.judged?.measurements.faults.find(fault => fault.id === id)
      const seen = columns.flatMap(({ runs }) => runs.flatMap(run => faultIn(run) ?? []))
      return {
        subject: id,
        kind,
        summary: [...new Set(seen.map(fault => fault.summary))].join('; or ') || 'it never began',
        perPlatform: perColumn(columns, ({ platform, runs }) => {
          const of = (name: 'gross' | 'net' | 'intoHealedZonesNet' | 'storeNet') =>
            overRuns(runs, run => {
              const fault = faultIn(run)
              return fault ? fault.recoveryBytes[name] : unknown(run.why ?? 'the fault never began')
            })
          return {
            gross: of('gross'),
            net: of('net'),
            intoHealedZonesNet: of('intoHealedZonesNet'),
            storeNet: usesObjectStore(platform) ? of('storeNet') : overRuns(runs, () => unknown(NO_STORE)),
          }
        }),
      }
    })
}

export function perColumn<T>(
  columns: readonly Column[],
  make: (column: Column) => T,
): Partial<Record<PlatformId, T>> {
  return Object.fromEntries(columns.map(column => [column.platform, make(column)]))
}

export function overRuns(runs: readonly RunFolder[], pick: (run: RunFolder) => Measured | undefined): Spread {
  return spreadOf(runs.map((run, index) => numberOfRun(index + 1, pick(run))))
}

export function unknown(why: string): Measured {
  return { value: null, why, from: [] }
}
