import type { Check, Row } from '../record/scorecard.ts'
import { anchorOf } from './deciding.ts'
import { capital } from './deciding-section.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import type { ReportData } from './report-data.ts'
import { chip } from '../page/verdict-chip.ts'

/** One card for each dimension that was exercised; the others in one list, so that nobody takes them for passed. */
export const scorecardSection: Section<ReportData> = {
  id: 'scorecard',
  label: 'Scorecard',
  title: 'Scorecard',
  body: renderScorecards,
}

function renderScorecards({ scorecard }: ReportData): Html {
  const exercised = scorecard.rows.filter(row => row.verdict !== 'not-exercised')
  const not = scorecard.rows.filter(row => row.verdict === 'not-exercised')
  const absent = scorecard.software?.absent ?? []
  return html`<div class="cards">${exercised.map(card)}</div>
${
  not.length > 0 &&
  html`<h3>Not exercised by this drill</h3>
<p>These say nothing about the platform, good or bad, and have no part in the verdict.</p>
<ul class="plain">${not.map(row => html`<li>${chip(row.verdict)} <b>${row.title}.</b> ${row.failure}</li>`)}</ul>`
}
${
  absent.length > 0 &&
  html`<h3>Out of reach where this ran</h3>
<p>Nothing of these was broken, measured or judged.</p>
<ul class="plain">${absent.map(what => html`<li>${capital(what)}</li>`)}</ul>`
}
<p class="source">scorecard.json /rows</p>`
}

function card(row: Row): Html {
  const id = anchorOf(row)
  return html`<article class="card v-${row.verdict}" aria-labelledby="${id}">
<header><h3 id="${id}">${row.title}</h3>${chip(row.verdict)}</header>
<p class="failure">${row.failure}</p>
<p><span class="label">Expected</span> ${row.expected}</p>
${row.checks.length > 0 && checkTable(row)}
${row.next && html`<p class="next"><span class="label">Next</span> ${row.next}</p>`}
<p class="risk"><span class="label">Not shown by this</span> ${row.residualRisk}</p>
<p class="owner"><span class="label">Owner</span> ${row.owner || 'not named'}</p>
${proofs(row)}
</article>`
}

function checkTable(row: Row): Html {
  const subjects = new Set(row.checks.map(check => check.subject)).size
  return html`<table class="checks"><caption class="hidden">Checks of ${row.title}</caption>
<thead class="hidden"><tr><th scope="col">Check</th><th scope="col">Measured</th><th scope="col">Verdict</th></tr></thead>
<tbody>${row.checks.map(check => checkRow(check, subjects > 1))}</tbody></table>`
}

function checkRow(check: Check, several: boolean): Html {
  const what = capital(check.what)
  const label = several && check.subject !== null ? `${check.subject}: ${check.what}` : what
  return html`<tr><th scope="row">${label}<small>${check.check}: ${check.expected}</small>${
    check.why && html`<small class="why">${check.why}</small>`
  }</th><td class="n">${check.shown}</td><td>${chip(check.verdict)}</td></tr>`
}

function proofs(row: Row): Html {
  const all = row.checks.flatMap(check => check.proof.slice(0, 3).map(proof => ({ check, proof })))
  if (all.length === 0) return html``
  return html`<details><summary>Proof</summary><ul class="proofs">${all.map(
    ({ check, proof }) =>
      html`<li><code>${proof.file}</code> <code>${proof.selector}</code> = ${String(proof.value ?? 'nothing')} <span class="muted">(${check.check})</span></li>`,
  )}</ul></details>`
}
