import { bytes, list } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import { scrolling } from '../../page/table.ts'
import type { Section } from '../../page/page.ts'
import { chip } from '../../page/verdict-chip.ts'
import type { ComparedRun, Comparison } from '../comparison.ts'
import type { Column, ComparisonData } from './columns.ts'
import { when } from './fairness-section.ts'
import { fileLink } from './links.ts'
import { collapsible, platformTable } from './platform-table.ts'
import { sentence } from './top-section.ts'

/** Who is missing and why, and what this comparison cannot say. */
export const missingSection: Section<ComparisonData> = {
  id: 'missing',
  label: 'Not run',
  title: 'What was not run, and what this cannot say',
  body: ({ comparison, columns }) => renderMissing(comparison, columns),
}

function renderMissing({ notRun, limits }: Comparison, columns: readonly Column[]): Html {
  const failed = columns.filter(({ compared }) => compared.status === 'failed')
  return html`${notRun.length + failed.length === 0 && html`<p>Every platform that was asked for ran.</p>`}
<ul class="plain">${notRun.map(
    ({ name, reason, hint }) =>
      html`<li>${chip('not-exercised', 'not run')} <b>${name}.</b> ${sentence(reason)} Nothing is claimed about it.${
        hint && ` How to have it run: ${sentence(hint)}`
      }</li>`,
  )}${failed
    .filter(({ platform }) => !notRun.some(one => one.platform === platform))
    .map(
      ({ name, compared }) =>
        html`<li>${chip('inconclusive', 'failed')} <b>${name}.</b> ${sentence(compared.reason ?? 'no run could be judged')}</li>`,
    )}</ul>
${limits.length > 0 && html`<h3>Limits</h3><ul class="notes">${limits.map(limit => html`<li>${sentence(limit)}</li>`)}</ul>`}`
}

/** Exact versions, configuration and seed, and the way into each run's evidence. */
export const setupSection: Section<ComparisonData> = {
  id: 'setup',
  label: 'Evidence',
  title: 'Versions, configuration and evidence',
  body: ({ comparison, columns }) => renderSetup(comparison, columns),
}

function renderSetup(comparison: Comparison, columns: readonly Column[]): Html {
  const { common, drill, drillSha256, seed } = comparison
  const { machine } = common
  const rows: readonly (readonly [string, Html | string])[] = [
    ['Drill', html`${drill.drill}: ${drill.title} <small>SHA-256 <code>${drillSha256}</code></small>`],
    ['Seed', seed],
    ['Replay contract', common.contract],
    [
      'Failover time-outs',
      common.timeouts === 'tuned'
        ? 'Tuned to fail over in seconds, the same for all.'
        : 'As the platforms ship them.',
    ],
    ['Zones and driver', `${list(common.zones)}, driver ${common.driver}`],
    ['Tool', versionWords(common.versions)],
    ['Commit', common.commit ?? 'not a checkout'],
    [
      'Machine',
      `${machine.cpuModel}, ${machine.cpus} CPUs, ${bytes(machine.memoryBytes)}, ${machine.os} ${machine.arch}`,
    ],
    ...columns
      .filter(({ compared }) => compared.software !== null)
      .map(({ name, tag, compared }): [string, Html] => [
        name,
        html`${tag && html`<span class="tag">${tag}</span> `}${compared.software?.name} <small>${versionWords(compared.versions)}</small>`,
      ]),
  ]
  return html`<dl class="facts">${rows.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
<h3>Configuration</h3>
${configuration(comparison, columns)}
<h3>Each run’s own folder</h3>
<p>The drill, every sample and log are in it${Object.keys(comparison.configuration.perPlatform).length > 0 && html`, and in <code>config/</code> what each node was started with`}. Every file of a sealed run was held against its seal before it was compared; <code>aftershock verify DIR</code> also derives its verdict again, offline.</p>
${runTable(columns)}
<p class="source">This page is drawn from <a href="./comparison.json">comparison.json</a>; the same numbers are in <a href="./comparison.csv">comparison.csv</a>.</p>`
}

/** Every setting in which the platforms differ, one row each; what is the same is only counted. */
function configuration({ configuration: compared }: Comparison, columns: readonly Column[]): Html {
  const { why, perPlatform, same, differs } = compared
  const known = columns.filter(({ platform }) => perPlatform[platform] !== undefined)
  return html`${why && html`<p>${chip('inconclusive', 'not known')} ${why}</p>`}${
    known.length > 0 &&
    html`<p>Broker properties, flags of the virtual machines and topic settings, read from the runs: ${known.map(
      ({ name, platform }, index) =>
        html`${index > 0 && ', '}${name} has ${perPlatform[platform]?.settings} (digest <code>${perPlatform[platform]?.sha256.slice(0, 12)}…</code>)`,
    )}. ${same} are set to the same. A platform whose runs differ in one is refused.</p>`
  }${
    known.length > 1 &&
    differs.length > 0 &&
    collapsible(
      `The ${differs.length} settings in which they differ`,
      platformTable<Column>({
        label: 'Settings in which the platforms differ',
        first: 'Setting',
        columns: known,
        groups: [
          differs.map(({ setting, perPlatform: values }) => ({
            label: html`<code>${setting}</code>`,
            cell: ({ platform }) => {
              const value = values[platform]
              return value === undefined
                ? html`<span class="muted">not set</span>`
                : html`<code>${value}</code>`
            },
          })),
        ],
      }),
    )
  }`
}

function versionWords(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}

function runTable(columns: readonly Column[]): Html {
  const rows = columns.flatMap(column => column.compared.runs.map(run => ({ column, run })))
  if (rows.length === 0) return html`<p>There is no run.</p>`
  return scrolling(
    'Runs and their evidence',
    html`<table class="runs roomy">
<thead><tr><th scope="col">Run</th><th scope="col">Verdict</th><th scope="col">Started</th><th scope="col" class="n">Load then</th><th scope="col" class="n">CPUs in use</th><th scope="col">Evidence</th><th scope="col">Seal, and SHA-256 of the bundle</th></tr></thead>
<tbody>${rows.map(({ column, run }) => runRow(column, run))}</tbody></table>`,
  )
}

function runRow({ name, tag }: Column, run: ComparedRun): Html {
  const of = html`<span class="hidden"> of ${name}, run ${run.number}</span>`
  return html`<tr><th scope="row">${name}, ${run.number}${tag && html`<small>${tag}</small>`}<small>${run.run}</small></th><td>${
    run.verdict === null ? chip('not-judged') : chip(run.verdict)
  }${run.why && html`<small class="why">${run.why}</small>`}</td><td>${when(run.startedAt)}</td><td class="n">${run.load1.toFixed(1)}</td><td class="n">${cpusInUse(run)}</td><td>${fileLink(run.dir, 'report.html', html`report${of}`)}${
    run.bundleSha256 !== null && html`, ${fileLink(run.dir, 'bundle.json', html`bundle${of}`)}`
  }</td><td>${sealCell(run)}</td></tr>`
}

function cpusInUse({ machineLoad }: ComparedRun): string {
  return machineLoad === null ? 'not sampled' : `${Math.round(machineLoad.medianBusy * 100)}%`
}

function sealCell({ seal, bundleSha256 }: ComparedRun): Html {
  if (seal.state === 'unsealed')
    return html`${chip('inconclusive', 'not sealed')}<small class="why">Nothing shows that its files are what was recorded.</small>`
  const by = seal.keyid === null ? 'unsigned' : html`signed by <code>${seal.keyid.slice(0, 16)}…</code>`
  return html`verified, ${by}<small><code>${(bundleSha256 ?? '').slice(0, 16)}…</code></small>`
}
