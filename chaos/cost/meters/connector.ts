import { parseLink } from '../../score/link-bytes.ts'
import { type Measured, known, notKnown } from '../../record/measured.ts'
import type { ConnectorDelivery } from '../../record/run-meters.ts'
import { CONNECTOR_LISTENERS, hasConnector } from './causes.ts'
import type { Intervals } from './flow-intervals.ts'
import type { RunFiles } from './run-files.ts'
import { intervalProof } from './zone-paths.ts'

/** All bytes over the worker's links: by the proxies' counters where they are the run's, else by the live meter. */
export function connectorBytes(files: RunFiles, intervals: Intervals): Measured {
  if (!hasConnector(files)) return notKnown('the run has no connector whose traffic is metered apart')
  return bytesOver(files, intervals, CONNECTOR_LISTENERS)
}

/** The same between the regions of a run: a byte that leaves a region has another price than one that leaves a zone. */
export function interRegionBytes(
  files: RunFiles,
  intervals: Intervals,
): { readonly interRegionBytes?: Measured } {
  if (!files.evidence.header.drill.regions) return {}
  return { interRegionBytes: bytesOver(files, intervals, ['mirror']) }
}

function bytesOver(
  { evidence: { header, linkTotals, links } }: RunFiles,
  { intervals, broken }: Intervals,
  listeners: readonly string[],
): Measured {
  const isMeant = (id: string): boolean => listeners.includes(parseLink(id)?.listener ?? '')
  if (linkTotals?.exact && header.ownsLab) {
    const bytes = Object.entries(linkTotals.exact)
      .filter(([id]) => isMeant(id))
      .reduce((sum, [, [toNode, back]]) => sum + toNode + back, 0)
    return known(bytes, { file: 'samples/link-totals.json', selector: '/exact', value: bytes })
  }
  const lost = [...broken].filter(key => isMeant(key.slice(0, key.indexOf(' '))))
  if (lost.length > 0) return notKnown(`the live meter lost ${lost.join(', ')}`)
  const proof = intervalProof(intervals)
  if (!proof) return notKnown(links.trouble ?? 'the links were not metered')
  const bytes = intervals
    .flatMap(({ flows }) => flows)
    .filter(({ listener }) => listeners.includes(listener))
    .reduce((sum, flow) => sum + flow.bytes, 0)
  return known(bytes, proof)
}

export function connectorDelivery(files: RunFiles): { readonly connector?: ConnectorDelivery } {
  const { header, journal } = files.evidence
  const { connector } = header.drill
  if (!connector) return {}
  const { zone, topics } = connector
  const read = journal.events.find(({ event }) => event.kind === 'connector.drained')
  if (read?.event.kind !== 'connector.drained') {
    const unknown = notKnown('the run ended before its sink was given time')
    return { connector: { zone, topics, storedRecords: unknown, sinkLines: unknown, sinkBytes: unknown } }
  }
  const { stored, lines, bytes } = read.event
  const of = (value: number): Measured =>
    known(value, { file: 'journal.jsonl', selector: `line ${read.line}`, value })
  return {
    connector: {
      zone,
      topics,
      storedRecords: stored === null ? notKnown('no broker reported how many records there are') : of(stored),
      sinkLines: of(lines),
      sinkBytes: of(bytes),
    },
  }
}
