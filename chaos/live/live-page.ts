import { html, Html } from '../page/html.ts'
import { STYLES } from '../page/styles.ts'
import { LIVE_SCRIPT } from './live-script.ts'

const CHARTS = [
  ['acked-per-second', 'Acknowledged records a second'],
  ['produce-p99-ms', 'p99 of sends, milliseconds'],
  ['tail-lag-records', 'Lag of the live reader, records'],
  ['edge-buffered-records', 'Held at the edge, records'],
] as const

const LIVE_STYLES = `
.live-now{font-size:22px;font-weight:640;margin:0}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:18px 28px}
.charts figure{margin:0}.charts figcaption{font-weight:600;font-size:15px}
.charts svg{display:block;width:100%;height:auto}
.grid{stroke:var(--line);stroke-width:1}.tick{fill:var(--muted);font-size:12px}.end{text-anchor:end}.middle{text-anchor:middle}
.curve{fill:none;stroke:var(--blue);stroke-width:1.8}
.mark{stroke:var(--muted);stroke-width:1.5;stroke-dasharray:4 3}
.mark.fault{stroke:var(--vermilion)}.mark.good{stroke:var(--green)}.mark.bad{stroke:var(--vermilion);stroke-width:3}.mark.action{stroke:var(--blue)}
.log{list-style:none;margin:0;padding:0;font-size:14px;line-height:1.6;overflow-wrap:anywhere}
.log .bad{color:var(--fail);font-weight:600}.log .good{color:var(--pass)}.log .fault{color:var(--inconclusive)}
.stamp{color:var(--muted)}
.columns{columns:3 240px;font-size:13px}
.state{border:1px solid currentColor;border-radius:999px;padding:1px 12px;font-size:14px;color:var(--muted)}
`

/** The page of a run that goes on; its script is the only one that its policy lets run. */
export function livePage(nonce: string): { readonly text: string; readonly policy: string } {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  const { text } = html`${new Html('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>aftershock, live</title>
<style nonce="${nonce}">${new Html(STYLES)}${new Html(LIVE_STYLES)}</style>
</head>
<body>
<a class="skip" href="#main">To the numbers</a>
<header class="top">
<p class="eyebrow"><span id="where">starting</span> <span class="state" id="state" role="status">connecting</span></p>
<h1 id="title">A drill that goes on</h1>
<p class="live-now" id="now"></p>
<p class="muted" id="next"></p>
<dl class="tiles" id="numbers" aria-label="Now"><div><dt>state</dt><dd><b>starting</b></dd></div></dl>
</header>
<main id="main" tabindex="-1">
<section aria-labelledby="time-h"><h2 id="time-h">Over time</h2>
<p class="muted">Dashed lines: a fault (orange), its healing (green), an action (blue). A gap in a curve: nothing was known.</p>
<div class="charts">${CHARTS.map(
    ([key, label]) => html`<figure><figcaption>${label}</figcaption>
<svg id="chart-${key}" viewBox="0 0 600 150" role="img" aria-label="${label}: nothing yet"></svg></figure>
`,
  )}</div></section>
<section aria-labelledby="events-h"><h2 id="events-h">What happened</h2><ol class="log" id="events" aria-label="The newest first"></ol></section>
<section aria-labelledby="partitions-h"><h2 id="partitions-h">Partitions</h2><p id="partitions-sum" class="muted">not known yet</p>
<ul class="log columns" id="partitions"></ul></section>
</main>
<footer><p>This page is served by the run itself, on this machine only. When the run ends it becomes the report.</p></footer>
<script nonce="${nonce}">${new Html(LIVE_SCRIPT)}</script>
</body>
</html>
`
  return { text, policy }
}
