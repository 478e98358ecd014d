import { formatSpan } from '../core/units.ts'
import type { Workload } from '../cost/workload.ts'
import type { ComparedCost } from './comparison.ts'

/** The workload for people: what the bills rest on. In the shipped example, what nobody measured is called that. */
export function statedWords(workload: Workload, example: boolean): ComparedCost['stated'] {
  const { classes, replays, operator, sizing, connector } = workload
  const kept = Object.entries(classes).map(
    ([name, one]) => `${name} ${(one.share * 100).toFixed(0)}% for ${formatSpan(one.retention)}`,
  )
  const placeholder = example ? ' (a placeholder: put your own)' : ''
  return [
    { what: 'ingest', value: `${workload.ingestMbPerSecond} MB/s as stored` },
    { what: 'fan-out', value: `${workload.fanOut} consumer groups` },
    { what: 'zones and replicas', value: `${workload.zones} zones, ${workload.replicas} replicas` },
    {
      what: 'consumers read in their own zone',
      value: workload.rackAwareClients ? 'where the platform lets them' : 'no',
    },
    { what: 'kept', value: kept.join(', ') },
    { what: 'kept on brokers, where there is a tier', value: formatSpan(workload.localRetention) },
    {
      what: 'replays',
      value: `${replays.perMonth} a month, ${formatSpan(replays.depth)} deep, within ${formatSpan(replays.within)}`,
    },
    { what: 'broker losses', value: `${workload.brokerLossesPerYear} a year` },
    { what: 'connectors', value: `${connector.mbPerSecond} MB/s to ${connector.to}` },
    {
      what: 'brokers',
      value: `${sizing.instance}, ${sizing.mbPerSecondPerBroker} MB/s each, ${sizing.headroom * 100}% free${placeholder}`,
    },
    {
      what: 'operators',
      value: `${operator.hoursPerMonth} h a month, ${operator.hoursPerReplay} h for each replay and ${operator.hoursPerBrokerLoss} h for each lost broker, at ${operator.usdPerHour} USD an hour${placeholder}`,
    },
  ]
}
