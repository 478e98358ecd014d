import { z } from 'zod'
import type { Measurements } from '../record/measurements.ts'
import type { Check } from '../record/scorecard.ts'
import { CHECK_BASE } from './service-checks.ts'
import type { RunTimeline } from './timeline.ts'

/** What the action reports that this needs; it is told by chaos/actions/operator-step.ts. */
const stepResult = z.looseObject({
  what: z.string().optional(),
  by: z.enum(['person', 'command']).optional(),
  exitCode: z.number().nullable().optional(),
  why: z.string().nullable().optional(),
  error: z.string().optional(),
})

type Steps = NonNullable<Measurements['operatorSteps']>

export function operatorStepsOf({ actions }: RunTimeline): Steps {
  return actions
    .filter(({ kind }) => kind === 'operator-step')
    .map(({ id, summary, startedAt, finishedAt, ok, result, line }) => {
      const told = stepResult.safeParse(result).data ?? {}
      return {
        id,
        what: told.what ?? summary ?? id,
        startedAt,
        finishedAt,
        ok,
        why: ok === true ? null : whyNot(told),
        line,
      }
    })
}

function whyNot({ by, exitCode, why, error }: z.output<typeof stepResult>): string {
  if (error !== undefined) return error
  if (why) return why
  if (by === 'person') return 'nobody said within its time that it was done'
  return exitCode === undefined
    ? 'the journal does not say how it ended'
    : `it ended with exit code ${exitCode}`
}

/** A step that was not done fails: what a drill counts on people for is part of the platform's recovery. */
export function operatorStepChecks({ operatorSteps = [] }: Measurements): Check[] {
  return operatorSteps.map(({ id, what, ok, why, startedAt, finishedAt, line }) => {
    const seconds = finishedAt === null ? null : (finishedAt - startedAt) / 1000
    return {
      ...CHECK_BASE,
      check: 'step-done',
      subject: id,
      what,
      expected: 'done within its time',
      shown: ok === null ? 'not known' : `${ok ? 'done' : 'not done'} after ${seconds ?? '?'} s`,
      verdict: ok === null ? 'inconclusive' : ok ? 'pass' : 'fail',
      why,
      proof: [
        { file: 'journal.jsonl', selector: `line ${line}`, value: ok === true ? 'ok' : (why ?? 'not ok') },
      ],
    }
  })
}
