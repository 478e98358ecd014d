import type { Drill, ProbeName } from '../core/drill.ts'
import { FRESH_MS, type LiveState } from './live-state.ts'

/** One number of a run that goes on, as the terminal and the live page both show it. */
export interface LiveNumber {
  readonly key: string
  readonly label: string
  /** null: nothing fresh is known. */
  readonly value: number | null
  /** After a value that is known, with its space: ` ms`. */
  readonly unit: string
  /** What is counted, which stands there also when nothing is known. */
  readonly noun?: string
}

/** In the order of what matters. */
export function liveNumbers(live: LiveState, now: number, drill: Drill): LiveNumber[] {
  const probe = (key: ProbeName, label: string, unit = ''): LiveNumber => ({
    key,
    label,
    value: live.read(key, now),
    unit,
  })
  const replays = [...live.consumers.values()].filter(
    ({ consumer, t }) => consumer === 'recovery' && now - t < FRESH_MS,
  )
  const isFresh = live.fleet !== undefined && now - live.fleet.t <= FRESH_MS
  const sessions = (isFresh ? live.fleet?.sessions : undefined) ?? drill.fleet.devices
  const away = Math.max(0, drill.fleet.devices - sessions)
  return [
    probe('acked-per-second', 'acknowledged', '/s'),
    probe('produce-p99-ms', 'p99', ' ms'),
    ...(away > 0 ? [{ key: 'without-session', label: 'without a session', value: away, unit: '' }] : []),
    ...replays.map(({ reader = 'replay', records }) => ({
      key: `replayed-${reader}`,
      label: replays.length > 1 ? reader : 'replay',
      value: records,
      unit: ' records read',
    })),
    probe('offline-partitions', 'partitions without a leader'),
    probe('under-replicated-partitions', 'under-replicated'),
    { ...probe('tail-lag-records', 'tail lag'), noun: ' records' },
    probe('nodes-answering', 'brokers answering'),
    probe('edge-buffered-records', 'held at the edge'),
    probe('edge-dropped-records', 'dropped'),
    probe('produce-p50-ms', 'p50', ' ms'),
  ]
}

/** `1,234 ms`; `?` where nothing is known. */
export const shownNumber = ({ value, unit, noun = '' }: LiveNumber): string =>
  `${value === null ? '?' : `${Math.round(value).toLocaleString('en')}${unit}`}${noun}`
