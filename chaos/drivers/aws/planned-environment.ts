import type { Clock } from '../../core/clock.ts'
import type { Drill } from '../../core/drill.ts'
import type { KafkaNode, ZoneName } from '../../core/topology.ts'
import type { PlatformName } from '../../platforms/index.ts'
import type { Outline } from '../environment.ts'
import type { Account } from './account.ts'
import type { StopAlarms } from './alarm-watch.ts'
import { heldBy, lockName, switchName } from './chaos-lock.ts'
import { type Place, refusals } from './guards.ts'
import type { WayName } from './reach/reach.ts'
import { fittedThere, lastsMs, linksOf, outlineIn } from './outline.ts'

/** An environment as its file has it, whether or not it is deployed. */
export interface PlannedPlace extends Place {
  readonly platform: PlatformName
  readonly brokersPerZone: number
  readonly logsIn: boolean
  /** Whether controllers are machines of their own. */
  readonly hasOwnVoters: boolean
  /** Machines beside which no agent runs, in words: nobody could look at them. */
  readonly withoutAgents: readonly string[]
  readonly alarms: StopAlarms
}

/** What there will be once it is deployed: nobody is asked. */
export function plannedOutline(place: PlannedPlace): Outline {
  const { zones, platform } = place
  const nodes = Array.from({ length: zones.length * place.brokersPerZone }, (_, index): KafkaNode => {
    const zone = zones[index % zones.length] as ZoneName
    return { id: index + 1, zone, host: `broker-${index + 1}` }
  })
  return outlineIn(platform, { zones, nodes, links: linksOf(zones, nodes, place) })
}

/**
 * The drill as it will be there.
 * @throws AftershockError `refused` for what cannot be done or proven there
 */
export function plannedDrill(drill: Drill, place: PlannedPlace, prefix: string, way: WayName): Drill {
  const { topology } = plannedOutline(place)
  return fittedThere(drill, { platform: place.platform, topology, prefix, way })
}

/**
 * Why a drill would be refused once the environment is deployed for it, asked before anything is paid for. Reads, and
 * writes nothing.
 */
export async function refusalsBefore(
  account: Account,
  place: PlannedPlace,
  drill: Drill,
  clock: Clock,
): Promise<readonly string[]> {
  const { environment, withoutAgents } = place
  const [caller, armed, lock] = await Promise.all([
    account.caller(),
    account.parameter(switchName(environment)),
    account.parameter(lockName(environment)),
  ])
  const remove = (name: string) => `aws ssm delete-parameter --region ${account.region} --name ${name}`
  return [
    ...refusals(place, { account: caller, nowMs: clock.wallMs(), forMs: lastsMs(drill) }),
    ...withoutAgents.map(one => `agents: none is beside ${one}, so that nobody could look at them`),
    ...(armed === null
      ? []
      : [
          `switch: ${switchName(environment)} is there already, and the deployment makes its own; if nobody uses it: ${remove(switchName(environment))}`,
        ]),
    ...(lock === null
      ? []
      : [
          `lock: held by ${heldBy(lock)}; if that run is dead, and its environment gone: ${remove(lockName(environment))}`,
        ]),
  ]
}
