/** What the page of a comparison needs beside the styles of a run's page. */
const TOP = `
.top h1{font-size:clamp(26px,3.6vw,38px);max-width:26em}
.findings{margin:0 0 14px;max-width:112ch;font-size:16px;line-height:1.45}
.findings>div{display:grid;grid-template-columns:140px minmax(0,1fr);gap:0 14px;padding:5px 0;border-top:1px solid var(--line)}
.findings dt{font-weight:640}
.findings dd{margin:0;overflow-wrap:anywhere}
.findings ul{margin:0;padding-left:18px}
.tag{display:inline-block;border:1px dashed currentColor;border-radius:5px;padding:0 6px;font-size:12px;line-height:18px;font-weight:500;color:var(--inconclusive);white-space:normal}
.reasons{margin:0 0 10px;padding-left:20px;color:var(--muted);font-size:15px}
.sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,250px),1fr));gap:12px;margin:20px 0 14px}
.side{background:var(--surface);border:1px solid var(--line);border-radius:12px;padding:14px 16px;min-width:0}
.side.absent{background:none;border-style:dashed}
.side h2{font-size:17px;margin:0 0 6px}
.side p{margin:0 0 6px}
.side .detail{font-size:14px;color:var(--muted);overflow-wrap:anywhere}
.given{display:flex;flex-wrap:wrap;gap:8px 28px;margin:10px 0 4px}
.given dt{font-size:13px;color:var(--muted)}
.given dt::first-letter{text-transform:uppercase}
.facts dt::first-letter{text-transform:uppercase}
.given dd{margin:0;font-size:15px;overflow-wrap:anywhere}
`

const TABLES = `
.platforms{margin:12px 0 4px;table-layout:fixed;min-width:720px}
.n+:not(.n){padding-left:18px}
.scroll{position:relative}
.subject{font-weight:600}
.subject::after{content:":"}
.platforms th,.platforms td{padding:8px 18px 8px 0}
.platforms>thead th{color:var(--ink);font-weight:600;font-size:14px;vertical-align:top}
.platforms>thead th:first-child{color:var(--muted);font-weight:500}
.head .name{display:block}
.head .tag{margin:3px 0 0}
.whole{display:block;margin-top:6px}
.platforms tbody th{font-weight:400}
.platforms>thead th:first-child{width:27%}
.platforms tbody tr:last-child>*{border-bottom:1px solid var(--line)}
.platforms tbody:last-child tr:last-child>*{border-bottom:0}
.platforms .leads th{font-weight:640;font-size:15px}
.platforms .leads>*{padding-top:16px}
.platforms td small{display:block}
.platforms td b{font-weight:640}
.platforms .why{font-size:13px}
small.inline,.platforms td small.inline{display:inline}
.none{color:var(--muted);font-size:13px}
.best{color:var(--pass);font-size:12px}
.in{display:block;font-size:11px}
.grids .scroll{min-width:0}
.grids{grid-template-columns:repeat(auto-fit,minmax(min(100%,470px),1fr))}
.grids .grid td,.grids .grid thead th{padding:6px 6px}
.grids .grid th[scope=row]{padding-right:6px;white-space:nowrap}
.grid caption .tag{font-weight:500;margin-left:4px}
.grid td.heat3 small,.grid td.heat4 small,.grid td.heat5 small{color:var(--ink)}
.crossings td{max-width:300px}
.crossings td.n{white-space:normal}
.crossings small,.runs small{display:block}
.judgement{min-width:190px}
.runs code{white-space:nowrap}
.plain+p{margin-top:10px}
.untouched{margin:14px 0 0;font-size:15px}
.order{padding-left:22px;margin:6px 0;font-size:14px}
.mark{display:inline-block;min-width:20px;height:20px;line-height:18px;text-align:center;border:1.5px solid var(--ink);border-radius:999px;font-size:11px;padding:0 4px}
h4{font-size:14px;margin:16px 0 4px}
`

/** On a phone each row of a table of platforms is a block, and each value carries the head of its column. */
const NARROW = `
@media screen and (max-width:759px){
.findings>div{grid-template-columns:minmax(0,1fr)}
.roomy{min-width:640px}
.grids .grid td,.grids .grid thead th{padding:5px 3px}
.grids .grid th[scope=row]{padding-right:3px}
.unit{display:none}
.grids .from{font-size:10px}
.platforms{min-width:0}
.platforms,.platforms tbody,.platforms tr,.platforms th,.platforms td{display:block;width:auto}
.platforms thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.platforms tbody th{padding:10px 0 2px;border:0;width:auto;font-weight:600}
.platforms tbody td,.platforms tbody tr:last-child td{display:grid;grid-template-columns:minmax(0,46%) minmax(0,1fr);gap:0 12px;padding:5px 0;border:0;grid-auto-flow:row}
.platforms td::before{content:attr(data-of);color:var(--muted);font-size:13px;grid-row:1/span 6}
.platforms td>*{grid-column:2;justify-self:start}
.platforms tbody tr td:has(>.absence){display:none}
.platforms tr{border-bottom:1px solid var(--line);padding-bottom:6px}
.platforms tbody:last-child tr:last-child{border-bottom:0}
.platforms .leads{border-top:2px solid var(--line);margin-top:10px}
.platforms tbody tr:last-child>*{border-bottom:0}
}
`

/** On paper: nothing scrolls, nothing is closed, nothing is cut; the drawings for a desk, tables as tables. */
const PRINT = `
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@page{margin:12mm}
@media print{
body>header,main,footer{max-width:none;padding:0}
.top h1{font-size:26px}
section{break-inside:auto}
h2,h3{break-after:avoid}
figure,tr,.side,.grid,.given{break-inside:avoid}
thead{display:table-header-group}
.chart .wide{display:block}
.chart .narrow{display:none}
.scroll{overflow:visible}
h2{font-size:16px}
h3{font-size:12px;margin:12px 0 4px}
.findings,.judged,.plain,.facts,.given dd{font-size:12px}
figcaption,.notes,.reasons,.source,.side .detail,.when,.plain+p{margin-top:10px}
.untouched{margin:14px 0 0;font-size:15px}
.order{font-size:10.5px}
table,table small,table .name,table .tag,table .none,.platforms .leads th,.platforms thead th,thead th,thead td{font-size:10px!important}
.chip,.top .chip{font-size:10px;line-height:16px;padding:0 7px}
th,td,.platforms th,.platforms td{padding:4px 8px 4px 0;white-space:normal!important;overflow-wrap:break-word}
.n{padding-left:8px}
.platforms{min-width:0}
.facts>div{grid-template-columns:minmax(110px,180px) 1fr;gap:2px 14px}
.judgement{min-width:0}
.runs code{white-space:normal}
.grids{grid-template-columns:1fr 1fr;gap:12px}
details::details-content{content-visibility:visible;display:block;height:auto;block-size:auto}
summary{color:var(--ink);font-weight:600;list-style:none}
a{color:inherit}
code{font-size:9.5px}
.unit{display:none}
.grid td,.chip,.side{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`

export const COMPARISON_STYLES = `${TOP}${TABLES}${NARROW}${PRINT}`.replaceAll('\n', '')
