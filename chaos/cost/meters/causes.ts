import type { Measured } from '../../record/measured.ts'
import type { DrillFile } from '../../record/run-header.ts'
import { CAUSES, type Cause, type MeasuredByCause } from '../../record/run-meters.ts'
import type { RunFiles } from './run-files.ts'

/** What a running platform pays for; the rest is the tool's own or not known. */
export const PLATFORM_CAUSES = CAUSES.filter(cause => cause !== 'audit' && cause !== 'unattributed')

/** Workers of Connect, or instances of a stateful processor: clients with links of their own. */
export function drillHasConnector({ connector, connectors, processor }: DrillFile): boolean {
  return (connector ?? connectors ?? processor) !== undefined
}

export const hasConnector = ({ evidence }: Pick<RunFiles, 'evidence'>): boolean =>
  drillHasConnector(evidence.header.drill)

/** Listeners of brokers that only those dial. */
export const CONNECTOR_LISTENERS: readonly string[] = ['connect', 'processor']

/** One value for each cause that the run can have. */
export function measuredByCause(files: RunFiles, of: (cause: Cause) => Measured): MeasuredByCause {
  const causes = CAUSES.filter(cause => cause !== 'connector' || hasConnector(files))
  return Object.fromEntries(causes.map(cause => [cause, of(cause)])) as unknown as MeasuredByCause
}

/** What brokers say to each other. */
const BETWEEN_BROKERS: readonly Cause[] = ['replicate', 'recovery', 'control']

/** Why nothing is known of a cause, though links were metered: on a cluster that was there, those of the run's clients alone are. */
export function unseen({ evidence }: RunFiles, cause: Cause): string | null {
  const { header, links } = evidence
  if (!BETWEEN_BROKERS.includes(cause)) return null
  if (header.driver === 'attach')
    return 'the cluster was there: what its brokers say to each other is not metered'
  if (header.driver !== 'aws' || links.rows.some(({ links: all }) => Object.keys(all).some(isBetweenBrokers)))
    return null
  return 'no agent told what brokers say to each other'
}

const isBetweenBrokers = (link: string): boolean => /:(control|replication)$/.test(link)

/** The store is in no zone: its bytes stand beside those between zones. */
export const inZones = (cause: Cause): boolean => cause !== 'object-store'
export const OWN_CAUSES: readonly Cause[] = PLATFORM_CAUSES.filter(inZones)

/** What the platform itself moved between zones. One cause that is not known makes the sum unknown. */
export function platformBytes(byCause: MeasuredByCause): Measured {
  return sumOf(OWN_CAUSES.flatMap(cause => byCause[cause] ?? []))
}

/** One unknown part makes the sum unknown. */
export function sumOf(parts: readonly Measured[]): Measured {
  const unknown = parts.find(part => part.value === null)
  if (unknown) return unknown
  if (parts.length === 0) return { value: null, why: 'nothing was counted', from: [] }
  return { value: parts.reduce((sum, part) => sum + (part.value ?? 0), 0), why: null, from: [] }
}
