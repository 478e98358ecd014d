import { type Measured, known, notKnown } from '../../record/measured.ts'
import type { BrokerUsage } from '../../record/run-meters.ts'
import type { RunFiles } from './run-files.ts'

export function brokerUsage(files: RunFiles): BrokerUsage[] {
  const { header, nodes } = files.evidence
  return header.nodes.map(({ id, zone }) => {
    const mine = nodes.rows.filter(row => row.node === id)
    const pss = mine.some(row => typeof row.pssBytes === 'number')
    const value = (row: (typeof mine)[number]): number | null =>
      pss ? (row.pssBytes ?? null) : row.residentBytes
    const largest = mine.toSorted((a, b) => (value(b) ?? -1) - (value(a) ?? -1))[0]
    const peak = largest === undefined ? null : value(largest)
    return {
      node: id,
      zone,
      cpuSeconds: cpuSeconds(files, id),
      peakMemoryBytes:
        largest === undefined || peak === null
          ? notKnown(nodes.trouble ?? `broker ${id} was not sampled`)
          : known(peak, { file: nodes.file, selector: `line ${largest.line}`, value: peak }),
      memoryIs: pss ? 'pss' : 'rss',
    }
  })
}

/** A counter that goes back belongs to a new process; what the old one used after its last sample is not in it. */
function cpuSeconds({ evidence }: RunFiles, node: number): Measured {
  const { file, rows, trouble } = evidence.nodes
  const mine = rows.flatMap(({ node: of, cpuSeconds: used, line }) =>
    of === node && used !== null ? [{ used, line }] : [],
  )
  const [first, ...rest] = mine
  const last = rest.at(-1)
  if (!first || !last) return notKnown(trouble ?? `broker ${node} was not sampled`)
  let total = 0
  let before = first.used
  for (const { used } of rest) {
    total += used >= before ? used - before : used
    before = used
  }
  return known(
    Math.round(total * 100) / 100,
    { file, selector: `line ${first.line}`, value: first.used },
    { file, selector: `line ${last.line}`, value: last.used },
  )
}
