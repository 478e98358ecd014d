import type { FaultMeasurement } from '../score/measurements.ts'
import { clockTime, ms } from './format.ts'
import { type Html, html } from './html.ts'
import type { ReportData } from './report-data.ts'
import { chip } from './verdict-chip.ts'

type Observed = FaultMeasurement['effect'][number]

/** Every fault with what an independent probe saw of it, and of its healing. */
export function faultsSection(data: ReportData): Html {
  const { faults } = data.measurements
  if (faults.length === 0) return html``
  return html`<section id="faults" aria-labelledby="faults-h">
<h2 id="faults-h">The faults, and the proof that they were real</h2>
<p class="lead">Probes ask the process table, the network and the brokers; they never ask the code that injected the fault.</p>
<div class="cards">${faults.map(fault => faultCard(fault, data.zero))}</div>
</section>`
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
<li><b>Proven</b> ${at(fault.provenAt)}${since(fault.injectedAt, fault.provenAt)}${observations(fault.effect)}${
    fault.unproven && html`<p class="why">${fault.unproven}</p>`
  }</li>
<li><b>Healed</b> ${at(fault.healedAt)}</li>
<li><b>Healing proven</b> ${at(fault.healProvenAt)}${since(fault.healedAt, fault.healProvenAt)}${observations(fault.healing)}${
    fault.healUnproven && html`<p class="why">${fault.healUnproven}</p>`
  }</li>
</ol>
<p class="source">journal.jsonl ${Object.entries(fault.journal)
    .map(([event, line]) => `${event}: line ${line}`)
    .join(' · ')}</p>
</article>`
}

function observations(seen: readonly Observed[]): Html {
  if (seen.length === 0) return html``
  return html`<ul>${seen.map(
    one =>
      html`<li>${one.what}: <b>${String(one.value ?? 'no answer')}${one.unit && ` ${one.unit}`}</b></li>`,
  )}</ul>`
}
