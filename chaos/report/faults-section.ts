import type { FaultMeasurement } from '../record/measurements.ts'
import { clockTime, ms } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import { table } from '../page/table.ts'
import type { Section } from '../page/page.ts'
import type { ReportData } from './report-data.ts'
import { chip } from '../page/verdict-chip.ts'

type Observed = FaultMeasurement['effect'][number]

/** Every fault with what an independent probe saw of it, and of its healing. */
export const faultsSection: Section<ReportData> = {
  id: 'faults',
  label: 'Faults',
  title: 'The faults, and the proof that they were real',
  when: ({ measurements }) => measurements.faults.length > 0,
  body: renderFaults,
}

function renderFaults(data: ReportData): Html {
  const { faults } = data.measurements
  return html`<p class="lead">Probes ask the process table, the network and the brokers; they never ask the code that injected the fault.</p>
<div class="cards one">${faults.map(fault => faultCard(fault, data.zero))}</div>`
}

function faultCard(fault: FaultMeasurement, zero: number): Html {
  const at = (t: number | null) => (t === null ? 'never' : clockTime(t - zero))
  const since = (from: number | null, to: number | null) =>
    from === null || to === null ? '' : ` (${ms(Math.max(0, to - from))} later)`
  const id = `fault-${fault.id}`
  return html`<article class="card" aria-labelledby="${id}">
<header><h3 id="${id}">${fault.id}</h3>${
    fault.provenAt === null
      ? chip('inconclusive', 'not proven')
      : fault.healProvenAt === null
        ? chip('fail', 'healing not proven')
        : chip('pass', 'proven and healed')
  }</header>
<p>${fault.summary}</p>
<ol class="life">
<li><b>Intended</b> ${at(fault.intendedAt)}</li>
<li><b>Injected</b> ${at(fault.injectedAt)}</li>
<li><b>Proven</b> ${at(fault.provenAt)}${since(fault.injectedAt, fault.provenAt)}</li>
<li><b>Healed</b> ${at(fault.healedAt)}</li>
<li><b>Healing proven</b> ${at(fault.healProvenAt)}${since(fault.healedAt, fault.healProvenAt)}</li>
</ol>
${fault.unproven && html`<p class="why">Effect: ${fault.unproven}.</p>`}
${fault.healUnproven && html`<p class="why">Healing: ${fault.healUnproven}.</p>`}
${observed(fault)}
<p class="source">journal.jsonl ${Object.entries(fault.journal)
    .map(([event, line]) => `${event}: line ${line}`)
    .join(' · ')}</p>
</article>`
}

/** The same thing seen again stands in one line: before the fault, while it held, and after its healing. */
function observed({ id, baseline = [], effect, healing }: FaultMeasurement): Html {
  const things = [...new Set([...baseline, ...effect, ...healing].map(one => one.what))]
  if (things.length === 0) return html``
  return table({
    label: `What probes saw of ${id}`,
    kind: 'observed',
    rows: things,
    columns: [
      ['What the probe asked', what => what],
      ['Before', what => before(baseline, what), 'n'],
      ['While it held', what => value(effect, what), 'n'],
      ['After healing', what => value(healing, what), 'n'],
      ['What it had to be', what => limits(effect, healing, what)],
    ],
  })
}

const find = (seen: readonly Observed[], what: string): Observed | undefined =>
  seen.find(one => one.what === what)

function value(seen: readonly Observed[], what: string): string {
  const found = find(seen, what)
  if (found === undefined) return '–'
  return `${String(found.value ?? 'no answer')}${found.unit ? ` ${found.unit}` : ''}`
}

/** With how far its looks were apart: what is not well beyond that is chance. */
function before(baseline: readonly Observed[], what: string): string {
  const spread = find(baseline, what)?.limit
  return `${value(baseline, what)}${spread === undefined ? '' : ` (${spread})`}`
}

function limits(effect: readonly Observed[], healing: readonly Observed[], what: string): string {
  const [held, healed] = [find(effect, what)?.limit, find(healing, what)?.limit]
  const words = [held && `proven ${held}`, healed && `healed ${healed}`].filter(Boolean)
  return words.length === 0 ? '–' : words.join(', ')
}
