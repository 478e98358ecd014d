import { DARK, LIGHT, ZONE_ROLES, variables } from './palette.ts'

const CANVAS = { light: '#f6f7f8', dark: '#101317' }
/** Words in verdict colours need more contrast than lines do: these reach 4.5:1 on both surfaces. */
const WORDS = {
  light: '--pass:#00664a;--fail:#a53600;--inconclusive:#725000;--quiet:#57606a;--heat:0,103,163',
  dark: '--pass:#4fd1a5;--fail:#ff9863;--inconclusive:#f0bd4f;--quiet:#a3acb7;--heat:88,176,234',
}

const THEME = `
:root{color-scheme:light dark;${variables(LIGHT)};--canvas:${CANVAS.light};${WORDS.light}}
@media (prefers-color-scheme:dark){:root{${variables(DARK)};--canvas:${CANVAS.dark};${WORDS.dark}}}
`

const BASE = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--canvas);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
body>header,body>nav,main,footer{max-width:1120px;margin:0 auto;padding:0 16px}
h1{font-size:clamp(28px,4.6vw,46px);line-height:1.12;letter-spacing:-.022em;font-weight:650;margin:6px 0 14px;max-width:20em;text-wrap:balance}
h2{font-size:22px;line-height:1.25;letter-spacing:-.012em;font-weight:640;margin:0 0 6px;text-wrap:balance}
h3{font-size:16px;line-height:1.35;font-weight:640;margin:20px 0 6px}
p{margin:0 0 10px;max-width:72ch}
small{font-size:13px;color:var(--muted);font-weight:400}
code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
a{color:var(--blue)}
.muted,.source,.when{color:var(--muted)}
.source{font-size:13px;margin:10px 0 0;overflow-wrap:anywhere}
.lead{color:var(--muted)}
.lead b{color:var(--ink)}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-9999px}
.skip:focus{left:16px;top:8px;background:var(--surface);padding:8px 12px;z-index:1}
:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
section{background:var(--surface);border:1px solid var(--line);border-radius:14px;padding:24px 24px 20px;margin:0 0 20px;scroll-margin-top:12px}
footer{color:var(--muted);font-size:13px;padding-top:8px;padding-bottom:40px}
`

const TOP = `
.top{padding-top:44px!important;padding-bottom:10px!important}
.eyebrow{color:var(--muted);font-size:14px;margin:0}
.broken{font-size:18px;line-height:1.5;max-width:68ch}
ul.broken{padding-left:1.1em;margin:14px 0}
.judged{font-size:16px;margin-top:14px}
.made{border:1px solid currentColor;border-radius:10px;color:var(--inconclusive);padding:8px 12px;margin:12px 0 16px;font-size:15px}
.answer{border-left:3px solid var(--line);padding-left:12px;color:var(--muted)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:1px;margin:24px 0 0;background:var(--line);border:1px solid var(--line);border-radius:14px;overflow:hidden}
.tiles>div{background:var(--surface);padding:16px 18px}
.tiles dt{font-size:13px;color:var(--muted)}
.tiles dd{margin:0}
.tiles b{display:block;font-size:28px;line-height:1.25;letter-spacing:-.02em;font-weight:640}
.tiles span{display:block;font-size:13px;line-height:1.4;color:var(--muted);margin-top:2px}
.tiles .limit{font-weight:600}
.tiles .v-fail b,.tiles .v-fail .limit{color:var(--fail)}.tiles .v-inconclusive .limit{color:var(--inconclusive)}.tiles .v-pass .limit{color:var(--pass)}
.tiles .v-fail{box-shadow:inset 0 3px 0 var(--fail)}.tiles .v-inconclusive{box-shadow:inset 0 3px 0 var(--inconclusive)}
.deciding{margin:14px 0 6px;font-size:15px}
.deciding caption{text-align:left;font-weight:640;padding:0 0 4px}
.deciding.v-fail caption{color:var(--fail)}.deciding.v-inconclusive caption{color:var(--inconclusive)}
.deciding td:last-child,.deciding .look{padding-left:24px}
.deciding td small{display:block}
.deciding td:nth-child(2){font-weight:600}
nav ul{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:14px 0 18px;padding:0;font-size:14px}
nav a{color:var(--muted);text-decoration:none;display:inline-block;padding:3px 0}
nav a:hover{color:var(--ink);text-decoration:underline}
.chip{display:inline-block;border:1px solid currentColor;border-radius:999px;padding:0 9px;font-size:13px;line-height:21px;font-weight:600;white-space:nowrap}
.chip.v-pass{color:var(--pass)}.chip.v-fail{color:var(--fail)}.chip.v-inconclusive{color:var(--inconclusive)}
.chip.v-not-judged,.chip.v-not-applicable,.chip.v-not-exercised{color:var(--quiet);font-weight:500}
.top .chip{font-size:15px;line-height:26px;padding:0 12px;margin-right:4px}
`

const TABLES = `
table{border-collapse:collapse;font-size:14px;line-height:1.4;width:100%}
th,td{text-align:left;vertical-align:top;padding:7px 14px 7px 0;border-bottom:1px solid var(--line)}
th{font-weight:600}
thead th{white-space:normal!important}
thead th,thead td{color:var(--muted);font-weight:500;font-size:13px;vertical-align:bottom}
tbody tr:last-child>*{border-bottom:0}
.sum>*{border-top:1px solid var(--ink);font-weight:600}
tfoot th,tfoot td{border-top:1px solid var(--line);border-bottom:0;font-weight:600}
.n{text-align:right;white-space:nowrap;padding-right:0;padding-left:14px}
:where(.n)+td:where(:not(.n)),:where(.n)+th:where(:not(.n)){padding-left:28px}
th small{display:block}
.crossings td small,.notes small{display:block}
.values{font-size:13px}.values th,.values td{padding-top:2px;padding-bottom:2px}
:target{scroll-margin-top:12px}tr:target>*{background:rgba(var(--heat),.14)}
.said td:last-child{min-width:26em}
a.at{color:inherit;text-decoration-style:dotted;text-underline-offset:3px}
.compact{width:auto;min-width:min(100%,440px)}
.scroll{overflow-x:auto;max-width:100%}
.matrix thead th{color:var(--ink);font-weight:600}
.grids{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr));gap:22px 36px;margin:16px 0 4px}
.grid caption{text-align:left;font-weight:600;padding-bottom:4px}
.grid td,.grid thead th{text-align:right;padding:6px 8px;white-space:nowrap}
.grid td{border:2px solid var(--surface);border-radius:6px}
.grid th{border:0}
.grid thead th:first-child{text-align:left;padding-left:0}
.grid .own{color:var(--muted);font-style:italic}
.from{font-weight:400;font-size:12px}
.heat1{background:rgba(var(--heat),.07)}.heat2{background:rgba(var(--heat),.14)}.heat3{background:rgba(var(--heat),.21)}.heat4{background:rgba(var(--heat),.28)}.heat5{background:rgba(var(--heat),.35)}
.grid .own.heat3,.grid .own.heat4,.grid .own.heat5{color:var(--ink)}
.checks th{font-weight:500;overflow-wrap:anywhere}
.checks td{white-space:nowrap;width:1%}
.checks td:last-child{padding:7px 0 7px 14px;text-align:right}
.checks td.n{text-align:right;font-weight:600;white-space:normal;min-width:6em;max-width:16em;width:auto}
.why{color:var(--inconclusive)!important}
`

const PARTS = `
figure{margin:14px 0 0}
figcaption{font-size:14px;color:var(--muted);margin-top:8px}
.chart svg{display:block;width:100%;height:auto}
.chart .narrow{display:none}
.incidents{list-style:none;margin:8px 0 0;padding:0;display:grid;gap:6px}
.incidents li{counter-set:none}
.incidents li::before{content:attr(value);display:inline-block;min-width:26px;color:var(--ink);font-weight:600}
.incidents b{color:var(--ink)}
.when{display:block;padding-left:20px;font-size:13px}
.key{white-space:nowrap;color:var(--ink);margin-right:6px}
.key::before{content:"";display:inline-block;width:14px;height:6px;border-radius:2px;margin-right:5px;vertical-align:middle}
${[...new Set(ZONE_ROLES)].map(role => `.key-${role}::before{background:var(--${role})}`).join('')}
details{margin-top:14px}
summary{cursor:pointer;color:var(--blue);font-size:14px;padding:3px 0}
details[open]>summary{margin-bottom:6px}
.notes{margin:12px 0 0;padding-left:18px;font-size:14px;color:var(--muted)}
.notes b{color:var(--ink)}
.grounds{list-style:none;padding-left:0;display:grid;gap:10px}
.grounds ul{padding-left:18px;margin:2px 0 0}
.plain{list-style:none;padding:0;margin:10px 0 0;display:grid;gap:9px;font-size:15px}
.proofs{padding-left:18px;margin:4px 0;font-size:13px;overflow-wrap:anywhere}
.cards{columns:2;column-gap:16px;margin-top:14px}
.card{break-inside:avoid;margin:0 0 16px;background:var(--surface);border:1px solid var(--line);border-radius:12px;padding:16px 18px;min-width:0;font-size:15px}
.card>header{display:flex;justify-content:space-between;gap:12px;align-items:baseline}
.card h3{margin:0}
.card p{margin:6px 0 0;overflow-wrap:anywhere}
.card .checks{margin:12px 0 6px}
.card.v-fail{border-color:var(--fail)}.card.v-inconclusive{border-color:var(--inconclusive)}
.failure{color:var(--muted)}
.label{color:var(--muted);font-size:13px;margin-right:4px}
.label::after{content:":"}
.next{font-weight:600}.next .label{font-weight:400}
.risk,.owner{font-size:14px;color:var(--muted)}
.life{list-style:none;padding:0;margin:12px 0 0;display:flex;flex-wrap:wrap;gap:6px 28px}
.life b{display:block;font-size:13px;font-weight:400;color:var(--muted)}
.facts{margin:10px 0 16px;display:grid;gap:8px}
.facts>div{display:grid;grid-template-columns:minmax(120px,240px) 1fr;gap:4px 18px}
.facts dt{color:var(--muted)}
.facts dd{margin:0;overflow-wrap:anywhere}
pre{background:var(--canvas);border-radius:10px;padding:14px 16px;overflow-x:auto;margin:10px 0 14px}
.digest{display:block;word-break:break-all}
.cards.one{columns:1}
.observed{margin:12px 0 4px}
.observed tbody th{font-weight:400}
.observed th,.observed td{padding-top:4px;padding-bottom:4px}
`

const NARROW = `
@media (max-width:759px){
body>header,body>nav,main,footer{padding:0 12px}
.top{padding-top:26px!important}
section{padding:18px 14px 16px;border-radius:12px}
.broken{font-size:16px}
.chart .wide{display:none}.chart .narrow{display:block}
.cards{columns:1}
.matrix tbody th{min-width:150px}
.scroll{background:linear-gradient(90deg,var(--surface) 40%,transparent) left/36px 100% no-repeat local,linear-gradient(270deg,var(--surface) 40%,transparent) right/36px 100% no-repeat local,linear-gradient(90deg,rgba(90,100,110,.3),transparent) left/12px 100% no-repeat scroll,linear-gradient(270deg,rgba(90,100,110,.3),transparent) right/12px 100% no-repeat scroll}
.top .scroll{background:none}
.aside,.crossings td small{display:none}
.crossings .n{padding-left:10px}
.matrix.bill tbody th{min-width:0;padding-right:0}
.scroll tbody th>code{display:block;min-width:10em}
.tiles{grid-template-columns:1fr 1fr}
.tiles>div{padding:12px 12px}
.tiles>div:first-child,.tiles>div:last-child:nth-child(even){grid-column:1/-1}
.tiles b{font-size:23px}
.facts>div{grid-template-columns:1fr;gap:0}
.deciding thead{display:none}
.deciding tr{display:grid;grid-template-columns:1fr 1fr;border-bottom:1px solid var(--line);padding:6px 0}
.deciding tr>*{border:0!important;padding:2px 0!important}
.deciding th,.deciding td:last-child{grid-column:1/-1}
.deciding .n{text-align:left;white-space:normal}
.deciding .n::before{content:attr(data-label);display:block;color:var(--muted);font-size:12px;font-weight:400}
.checks tr{display:grid;grid-template-columns:1fr auto;border-bottom:1px solid var(--line)}
.checks tr:last-child{border-bottom:0}
.checks th{grid-column:1/-1;border:0;padding:7px 0 2px}
.checks td,.checks td:last-child{border:0;padding:0 0 8px;width:auto}
.checks td.n{text-align:left;padding-left:0;font-weight:600;white-space:normal;overflow-wrap:anywhere}
}
@media print{
:root{${variables(LIGHT)};--canvas:#fff;${WORDS.light}}
body{font-size:12px}
nav,.skip{display:none}
body>header,main,footer{max-width:none;padding:0}
section,.card{border-color:#ccc}
section{padding:12px 0;border:0}
h2,h3{break-after:avoid}
figure,tr,.card{break-inside:avoid}
thead{display:table-header-group}
.chart .wide{display:block}
.chart .narrow{display:none}
.cards{columns:1}
.scroll{overflow:visible}
.scroll,.top .scroll{background:none}
table{font-size:10px}
th,td{padding:4px 6px 4px 0;overflow-wrap:anywhere}
.n,.grid td,.grid thead th,.checks td{white-space:normal}
.n{padding-left:6px}
.matrix tbody th,.checks td.n,.said td:last-child{min-width:0}
.values{font-size:8px}.values th,.values td{padding:1px 3px 1px 0}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
details>*{display:block}
details::details-content{content-visibility:visible;display:block;height:auto;block-size:auto}
summary{list-style:none;color:var(--ink);font-weight:600}
}
`

export const STYLES = `${THEME}${BASE}${TOP}${TABLES}${PARTS}${NARROW}`.replaceAll('\n', '')
