import { z } from 'zod'
import { AftershockError, messageOf } from '../../core/errors.ts'
import { dayGroup } from './deployed-names.ts'
import { type Expression, nextDate } from './next-date.ts'

/** A day as an environment has it scheduled. */
export interface DeployedDay {
  readonly id: string
  readonly expression: Expression
  /** In ms since 1970. null: it does not begin again; undefined: its expression is none of ours. */
  readonly nextMs: number | null | undefined
  /** Whether it may begin by itself: somebody may have disabled it by hand. */
  readonly isEnabled: boolean
  /** Whether somebody has to approve it. */
  readonly approved: boolean
  /** null: the deployment is older, and does not say. */
  readonly owner: string | null
  readonly drill: string | null
}

const input = z.object({
  day: z.string(),
  approved: z.boolean(),
  owner: z.string().optional(),
  drill: z.string().optional(),
})

/** More than any calendar; a list is one page of it after the other. */
const MOST = 1000

/**
 * What Scheduler says of an environment's game days, those that begin next first.
 * @throws AftershockError `unavailable` when it does not answer, or no calendar is deployed there
 */
export async function deployedDays(
  region: string,
  environment: string,
  nowMs: number,
): Promise<DeployedDay[]> {
  const of = await import('@aws-sdk/client-scheduler')
  const client = new of.SchedulerClient({
    region,
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 5000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  })
  const GroupName = dayGroup(environment)
  try {
    const names: string[] = []
    for await (const { Schedules = [] } of of.paginateListSchedules({ client }, { GroupName })) {
      names.push(...Schedules.flatMap(({ Name }) => Name ?? []))
      if (names.length >= MOST) break
    }
    const days = await Promise.all(
      names.map(async Name => {
        const found = await client.send(new of.GetScheduleCommand({ GroupName, Name }))
        return dayOf(Name, found, nowMs)
      }),
    )
    return days.toSorted((a, b) => (a.nextMs ?? Number.MAX_VALUE) - (b.nextMs ?? Number.MAX_VALUE))
  } catch (error) {
    const isGone = error instanceof Error && error.name === 'ResourceNotFoundException'
    throw new AftershockError(
      'unavailable',
      isGone
        ? `no calendar is deployed in ${environment}`
        : `AWS does not say which game days ${environment} has: ${messageOf(error)}`,
      {
        hint: isGone
          ? `npx cdk deploy Aftershock-${environment}-GameDays -c environment=${environment} -c gamedays=FILE`
          : 'It takes scheduler:ListSchedules and scheduler:GetSchedule.',
        cause: error,
      },
    )
  } finally {
    client.destroy()
  }
}

interface Found {
  readonly ScheduleExpression?: string | undefined
  readonly ScheduleExpressionTimezone?: string | undefined
  readonly StartDate?: Date | undefined
  readonly State?: string | undefined
  readonly Target?: { readonly Input?: string | undefined } | undefined
}

function dayOf(id: string, found: Found, nowMs: number): DeployedDay {
  const expression: Expression = {
    expression: found.ScheduleExpression ?? '',
    timeZone: found.ScheduleExpressionTimezone ?? 'UTC',
    ...(found.StartDate && { startMs: found.StartDate.getTime() }),
  }
  const told = readInput(found.Target?.Input)
  return {
    id,
    expression,
    nextMs: nextDate(expression, nowMs),
    isEnabled: found.State !== 'DISABLED',
    approved: told?.approved ?? false,
    owner: told?.owner ?? null,
    drill: told?.drill ?? null,
  }
}

function readInput(text = ''): z.output<typeof input> | null {
  try {
    return input.parse(JSON.parse(text))
  } catch {
    return null
  }
}
