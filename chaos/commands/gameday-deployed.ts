import { AftershockError } from '../core/errors.ts'
import { printableDeep } from '../core/printable.ts'
import { awsAccount } from '../drivers/index.ts'
import { stepFunctionsAnswers } from '../gameday/attend/task-answers.ts'
import type { Calendar, GameDay } from '../gameday/calendar.ts'
import { type DeployedDay, deployedDays } from '../gameday/deployed/deployed-days.ts'
import { approvalParameter, waitingParameter } from '../gameday/deployed/deployed-names.ts'
import { aligned } from '../page/text-table.ts'
import { systemClock } from '../system-clock.ts'
import type { DeployedPlace } from './deployed-environment.ts'
import type { Io } from './io.ts'

type There = Pick<DeployedPlace, 'environment' | 'region'>

/** @throws AftershockError `usage` for a day that is in another environment */
export function refuseElsewhere(day: GameDay, { environment }: There): void {
  if (day.environment === environment) return
  throw new AftershockError('usage', `${day.id} is in ${day.environment}, and not in ${environment}`, {
    hint: `--environment ${day.environment}`,
  })
}

/**
 * Puts an approval where the machine of the day looks for it, and has that go on if it waits.
 * @throws AftershockError `unavailable` when AWS does not do it
 */
export async function approveThere(
  day: GameDay,
  approval: string,
  { environment, region }: There,
  io: Io,
): Promise<void> {
  using account = await awsAccount(region, systemClock)
  const parameter = approvalParameter(environment, day.id)
  await account.change.writeParameter(parameter, approval)
  const token = await account.parameter(waitingParameter(environment, day.id))
  using answers = await stepFunctionsAnswers(region)
  const taken = token === null ? 'refused' : await answers.success(token, {})
  io.stdout.write(
    taken === 'taken'
      ? `${parameter}: ${day.id} waited for it, and goes on\n`
      : `${parameter}: ${day.id} does not wait for it now, and finds it there when it begins\n`,
  )
}

/** What an environment has scheduled, for people or as one document. */
export async function listDeployed(place: There, json: boolean, io: Io): Promise<void> {
  const { environment } = place
  const days = await daysThere(place)
  if (json) {
    io.stdout.write(`${JSON.stringify({ environment, days: days.map(documentOf) }, null, 2)}\n`)
    return
  }
  const rows = printableDeep(days).map(day => [
    day.id,
    nextWords(day),
    day.drill ?? 'unknown drill',
    day.owner ?? 'unknown owner',
    day.approved ? 'has to be approved' : 'nobody has to approve it',
  ])
  io.stdout.write([`Game days that ${environment} begins by itself`, '', ...aligned(rows), ''].join('\n'))
}

/** Where a calendar and what is deployed of it differ, a sentence each. */
export async function againstDeployed(calendar: Calendar, place: There): Promise<readonly string[]> {
  return differences(calendar.days, place.environment, await daysThere(place))
}

/** Pure. */
export function differences(
  planned: readonly GameDay[],
  environment: string,
  deployed: readonly DeployedDay[],
): string[] {
  const own = planned.filter(day => day.environment === environment)
  return [
    ...own.map(day => {
      const there = deployed.find(({ id }) => id === day.id)
      if (!there) return `${day.id}: is not scheduled there`
      if (!there.isEnabled) return `${day.id}: is scheduled there, and disabled`
      if (there.nextMs === null) return `${day.id}: was scheduled there, and does not begin again`
      if (there.nextMs !== undefined && there.nextMs !== Date.parse(day.at))
        return `${day.id}: begins there at ${stamp(there.nextMs)}, and not at ${stamp(Date.parse(day.at))}`
      if (there.owner !== null && there.owner !== day.owner)
        return `${day.id}: is scheduled there with the owner ${there.owner}`
      if (there.drill !== null && there.drill !== day.drill)
        return `${day.id}: is scheduled there with the drill ${there.drill}`
      if (there.approved !== day.approvers.length > 0)
        return `${day.id}: ${there.approved ? 'has to be approved there' : 'needs no approval there'}, other than here`
      return `${day.id}: begins there by itself, at ${nextWords(there)}`
    }),
    ...deployed
      .filter(({ id }) => !own.some(day => day.id === id))
      .map(day => `${day.id}: is scheduled there (${nextWords(day)}), and not in this calendar`),
  ]
}

const daysThere = ({ environment, region }: There) => deployedDays(region, environment, systemClock.wallMs())

const stamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`

function nextWords({ nextMs, isEnabled, expression }: DeployedDay): string {
  if (!isEnabled) return 'disabled'
  if (nextMs === null) return 'does not begin again'
  return nextMs === undefined ? `${expression.expression} (${expression.timeZone})` : stamp(nextMs)
}

function documentOf({ nextMs, ...day }: DeployedDay) {
  const next = typeof nextMs === 'number' ? new Date(nextMs).toISOString() : null
  return { ...day, next }
}
