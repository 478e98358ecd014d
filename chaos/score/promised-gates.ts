import type { GateFile, HeaderFile } from '../record/run-header.ts'

/**
 * What a sink, a source and a processor owe whatever the drill asks: what was committed is written, nothing is left behind,
 * no device is told anything twice and none is left out. A task or an instance that says RUNNING owes it too. A drill that says otherwise, or `reportOnly`, has its own word; one
 * that says nothing is not passed over a hole.
 * @returns gates beside those of the drill, none of which it has itself
 */
export function promisedGates({ drill }: Pick<HeaderFile, 'drill'>): GateFile[] {
  const { connectors, processor, gates } = drill
  const promised = [
    ...(connectors && connectors.sinks.length > 0 ? SINK : []),
    ...(connectors?.sources && connectors.sources.length > 0 ? SOURCE : []),
    ...(processor ? PROCESSOR : []),
  ]
  return promised.filter(name => gates.every(({ gate }) => gate !== name)).map(gate => ({ gate, atMost: 0 }))
}

const SINK = ['sink-missing-records', 'sink-undelivered-records'] as const
const SOURCE = ['source-missing-rows'] as const
const PROCESSOR = ['commands-repeated', 'commands-missing', 'processor-unprocessed-records'] as const
