import { type Html, html } from '../page/html.ts'
import type { Incident } from '../page/panels.ts'
import type { Measurements } from '../record/measurements.ts'
import type { ReportData } from './report-data.ts'

/**
 * Numbered in order of beginning; what never began has no place on the axis. The times at which this program was in the
 * way have one number for all, the last.
 */
export function incidents({ measurements, to }: ReportData): Incident[] {
  const all = [
    ...faultBars(measurements, to),
    ...replayBars(measurements, to),
    ...stepBars(measurements, to),
    ...upgradeBars(measurements),
    ...regionBars(measurements),
  ].toSorted((a, b) => a.fromMs - b.fromMs)
  const ofTool = toolBars(measurements).toSorted((a, b) => a.fromMs - b.fromMs)
  return [
    ...all.map((incident, index) => ({ ...incident, number: index + 1 })),
    ...ofTool.map(incident => ({ ...incident, number: all.length + 1 })),
  ]
}

/** What a picture shows in a sentence, and what the numbers above its bars stand for. */
export function withEvents(text: string, events: readonly Incident[]): Html {
  const names = new Map(
    events.map(({ number, id, label }) => [number, label === TOOL_BOUND ? label : id] as const),
  )
  if (names.size === 0) return html`${text}`
  const told = [...names].map(([number, name]) => `${number} ${name}`).join(', ')
  return html`${text} Above it: ${told} (<a href="#timeline">what each was</a>).`
}

function faultBars({ faults }: Measurements, to: number): Omit<Incident, 'number'>[] {
  return faults.flatMap(fault =>
    fault.intendedAt === null
      ? []
      : [
          {
            id: fault.id,
            label: fault.kind,
            role: 'fault' as const,
            fromMs: fault.intendedAt,
            toMs: fault.healedAt ?? fault.windowEndsAt ?? to,
            provenMs: fault.provenAt,
            summary: fault.summary,
          },
        ],
  )
}

function stepBars({ operatorSteps = [] }: Measurements, to: number): Omit<Incident, 'number'>[] {
  return operatorSteps.map(({ id, what, startedAt, finishedAt }) => ({
    id,
    label: 'operator step',
    role: 'action' as const,
    fromMs: startedAt,
    toMs: finishedAt ?? to,
    provenMs: null,
    summary: what,
  }))
}

const upgradeBars = ({ upgrade }: Measurements) => barsOf(upgrade?.steps)

/** A move to another region, and the way back. */
const regionBars = ({ regions }: Measurements) => barsOf(regions?.steps)

interface MoveStep {
  readonly id: string
  readonly step: string
  readonly at: number
  readonly tookMs: number
  readonly proof: string
  readonly ok: boolean
}

export const stepBarId = ({ id, step }: Pick<MoveStep, 'id' | 'step'>): string => `${id}-${step}`

const barsOf = (steps: readonly MoveStep[] = []): Omit<Incident, 'number'>[] =>
  steps.map(one => ({
    id: stepBarId(one),
    label: one.ok ? one.step : `${one.step}: not done`,
    role: 'action' as const,
    fromMs: one.at - one.tookMs,
    toMs: one.at,
    provenMs: one.at,
    summary: one.proof,
  }))

export const TOOL_BOUND = 'tool-bound'
/** A chart with more of them would show nothing else. */
const MOST_TOOL_BARS = 12

/** When a part of this program was in the way of what it measures: the longest of them. */
function toolBars({ tool }: Measurements): Omit<Incident, 'number'>[] {
  return (tool?.windows ?? [])
    .toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))
    .slice(0, MOST_TOOL_BARS)
    .map(({ part, fromMs, toMs, why, line }) => ({
      id: `tool-${line}`,
      label: TOOL_BOUND,
      role: 'action' as const,
      fromMs,
      toMs,
      provenMs: null,
      summary: `${part === 'main' ? 'what drives devices and probes' : `the reader ${part}`}: ${why}`,
    }))
}

function replayBars({ replays }: Measurements, to: number): Omit<Incident, 'number'>[] {
  return replays.map(replay => ({
    id: replay.id,
    label: 'replay',
    role: 'action' as const,
    fromMs: replay.startedAt,
    toMs: replay.finishedAt ?? to,
    provenMs: null,
    summary: `${replay.what ?? 'every partition is read from the oldest offset'} while devices keep sending`,
  }))
}
