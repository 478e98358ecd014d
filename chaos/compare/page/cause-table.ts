import type { Cause } from '../../record/run-meters.ts'
import { CAUSE_WORDS } from '../../report/cost-section.ts'
import { bytes } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import type { Comparison, Spread, ZoneMatrix } from '../comparison.ts'
import { causesIn, isPlatformCause } from '../zone-causes.ts'
import type { Column } from './columns.ts'
import { type PlatformRow, platformTable } from './platform-table.ts'
import { spreadCell } from './spread-words.ts'

const NOT_THE_PLATFORMS: Partial<Record<Cause, readonly [name: string, note: string]>> = {
  audit: [
    'This tool’s last read',
    'everything is read once more to be audited; no platform pays for that, and it is in no number above',
  ],
  unattributed: [
    'Unattributed',
    'counted by the proxies, missed by the look at sockets once a second; in no number above',
  ],
}

/** Why bytes crossed zones, for each byte acknowledged: what makes the sum is seen, and what is not in it. */
export function causeTable(zoneMatrix: Comparison['zoneMatrix'], columns: readonly Column[]): Html {
  const row = (cause: Cause): PlatformRow => {
    const [name, note] = NOT_THE_PLATFORMS[cause] ?? wordsOf(cause)
    return {
      label: name,
      note,
      cell: ({ platform }) => {
        const found = zoneMatrix[platform]?.causes.find(one => one.cause === cause)
        return found ? perByte(found.perIngestedByte, found.crossed) : 'not known'
      },
    }
  }
  const causes = causesIn(columns.map(({ platform }) => zoneMatrix[platform]))
  const sum: PlatformRow = {
    label: 'The platform’s own',
    note: 'all pairs of different zones',
    leads: true,
    cell: ({ platform }) => {
      const matrix = zoneMatrix[platform]
      return matrix ? perByte(matrix.crossedPerIngestedByte, matrix.crossed) : 'not known'
    },
  }
  return platformTable({
    label: 'Bytes across zones by cause and platform',
    first: 'For each byte acknowledged',
    columns,
    groups: [
      causes.filter(isPlatformCause).map(row),
      [sum],
      causes.filter(cause => !isPlatformCause(cause)).map(row),
      [{ label: 'Counted by', cell: ({ platform }) => meterWords(zoneMatrix[platform]) }],
    ],
  })
}

const wordsOf = (cause: Cause): readonly [string, string] =>
  CAUSE_WORDS[cause as keyof typeof CAUSE_WORDS] ?? [cause, '']

function perByte(ratio: Spread, moved: Spread): Html {
  const whole = moved.median !== null && html`<small>${bytes(moved.median)} in a run</small>`
  return html`${spreadCell(ratio, value => value.toFixed(2))}${whole}`
}

function meterWords(matrix: ZoneMatrix | undefined): string {
  if (!matrix) return 'not known'
  const how = {
    exact: 'the link proxies, exactly; the causes from sockets, looked at once a second',
    live: 'the kernel’s sockets once a second, which may miss short connections',
    none: 'nothing',
  }[matrix.meter]
  return matrix.why === null ? how : `${how} (${matrix.why})`
}
