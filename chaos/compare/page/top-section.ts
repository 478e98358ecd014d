import { count, list, plural } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import { chip } from '../../page/verdict-chip.ts'
import type { ComparedPlatform, Comparison } from '../comparison.ts'
import type { Column } from './columns.ts'
import { fileLink } from './links.ts'
import { findings, headlineWords } from './summary.ts'

/** What was compared, what came out, and under which conditions. */
export function topSection(comparison: Comparison, columns: readonly Column[]): Html {
  const { verdict, reasons, drill } = comparison
  return html`<header class="top v-${verdict}">
<p class="eyebrow">aftershock · comparison · ${drill.drill} · ${dates(comparison)}</p>
<h1>${headlineWords(columns)}</h1>
<dl class="findings">${findings(comparison, columns).map(({ label, text }) => html`<div><dt>${label}</dt><dd>${text}</dd></div>`)}</dl>
<p class="judged">${chip(verdict)} ${reasons.length === 0 ? 'Every gate passes on every platform that ran.' : 'The comparison as a whole, because:'}</p>
${reasons.length > 0 && html`<ul class="reasons">${reasons.map(reason => html`<li>${reason}</li>`)}</ul>`}
<div class="sides">${columns.map(side)}</div>
${conditions(comparison)}
</header>`
}

function side({ name, tag, ran, compared }: Column): Html {
  return html`<article class="side${!ran && ' absent'}">
<h2>${name}</h2>
${tag && html`<p><span class="tag">${tag}</span></p>`}
${
  ran
    ? html`<p>${chip(compared.verdict ?? 'inconclusive')} <span class="muted">${plural(compared.runs.length, 'run')}</span></p>
<p class="detail">${compared.software?.name ?? 'software not recorded'}</p>`
    : html`<p class="detail">${sentence(compared.reason ?? 'no reason is recorded')}</p>${compared.hint && html`<p class="detail">${hintSentence(compared.hint)}</p>`}`
}
${(compared.software?.notes ?? []).map(note => html`<p class="detail">${note}</p>`)}
${compared.runs.length > 0 && runLinks(compared)}
</article>`
}

function runLinks({ name, runs }: ComparedPlatform): Html {
  return html`<p class="detail">Reports: ${runs.map(
    (run, index) =>
      html`${index > 0 && ', '}${fileLink(run.dir, 'report.html', html`run ${run.number}<span class="hidden"> of ${name}</span>`)}${
        run.verdict !== null && ` (${run.verdict})`
      }`,
  )}</p>`
}

function conditions({ drill, seed, common, drillSha256, platforms }: Comparison): Html {
  const { machine } = common
  const runs = platforms.reduce((sum, platform) => sum + platform.runs.length, 0)
  const rows: readonly (readonly [string, Html | string])[] = [
    ['Drill', html`${drill.drill} <small>SHA-256 ${drillSha256.slice(0, 12)}…</small>`],
    ['Seed', seed],
    ['Runs', `${runs}, ${plural(drill.devices, 'device')} in ${plural(common.zones.length, 'zone')} each`],
    [
      'Machine',
      `${machine.cpuModel}, ${plural(machine.cpus, 'CPU')}, ${count(machine.memoryBytes / 1e9)} GB, ${machine.os} ${machine.arch}`,
    ],
  ]
  return html`<dl class="given">${rows.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`
}

function dates({ platforms }: Comparison): string {
  const days = platforms
    .flatMap(({ runs }) => runs.map(({ startedAt }) => startedAt.slice(0, 10)))
    .toSorted((a, b) => a.localeCompare(b))
  const [first, last] = [days[0], days.at(-1)]
  if (first === undefined || last === undefined) return 'never run'
  return first === last ? first : list([first, last]).replace(' and ', ' to ')
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** A hint may begin with a command, which is pasted as it stands. */
const hintSentence = (hint: string): string => (/^(`|npx |aftershock )/.test(hint) ? hint : sentence(hint))

export function sentence(text: string): string {
  const trimmed = capital(text.trim())
  return /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`
}
