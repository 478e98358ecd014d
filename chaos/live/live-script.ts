/**
 * Runs in the page: draws what the stream tells. It sets text only, never markup, and asks for nothing but the stream
 * and, at the end, the report.
 */
export const LIVE_SCRIPT = `
'use strict'
const byId = id => document.getElementById(id)
const CHARTS = [
  ['acked-per-second', 'acknowledged a second', '/s'],
  ['produce-p99-ms', 'p99 of sends', ' ms'],
  ['tail-lag-records', 'lag of the live reader', ' records'],
  ['edge-buffered-records', 'held at the edge', ' records'],
]
const SVG = 'http://www.w3.org/2000/svg'
const W = 600, H = 150, LEFT = 56, BOTTOM = 22, TOP = 10
let points = [], events = [], isOver = false, isDue = false
const node = (name, attributes, text) => {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  if (text !== undefined) made.textContent = text
  return made
}
const short = n => n > 0 && n < 1 ? n.toFixed(1) : n >= 1e6 ? (n / 1e6).toFixed(1) + 'M' : n >= 1e4 ? Math.round(n / 1e3) + 'k' : String(Math.round(n))
const clock = t => { const s = Math.max(0, Math.floor(t / 1000)); return Math.floor(s / 60) + ':' + String(s % 60).padStart(2, '0') }
function nice(top) {
  if (top <= 0) return 1
  const step = 10 ** Math.floor(Math.log10(top))
  return [1, 2, 5, 10].map(n => n * step).find(n => n >= top)
}
function draw() {
  isDue = false
  if (points.length === 0) return
  const from = points[0].t, to = Math.max(points[points.length - 1].t, from + 10000)
  const x = t => LEFT + (t - from) / (to - from) * (W - LEFT - 8)
  for (const [key, label, unit] of CHARTS) {
    const known = points.map(p => p.values[key]).filter(v => v !== null && v !== undefined)
    const top = nice(Math.max(0, ...known))
    const y = v => TOP + (1 - v / top) * (H - TOP - BOTTOM)
    const svg = byId('chart-' + key)
    const parts = []
    for (const share of [0, 0.5, 1]) {
      parts.push(node('line', { x1: LEFT, x2: W - 8, y1: y(top * share), y2: y(top * share), class: 'grid' }))
      parts.push(node('text', { x: LEFT - 6, y: y(top * share) + 4, class: 'tick end' }, short(top * share)))
    }
    for (const share of [0, 0.5, 1])
      parts.push(node('text', { x: x(from + (to - from) * share), y: H - 4, class: share === 1 ? 'tick end' : share === 0 ? 'tick' : 'tick middle' }, clock(from + (to - from) * share)))
    for (const event of events) {
      if (event.tone === 'plain' || event.t < from) continue
      const line = node('line', { x1: x(event.t), x2: x(event.t), y1: TOP, y2: H - BOTTOM, class: 'mark ' + event.tone })
      line.append(node('title', {}, event.at + ' ' + event.words))
      parts.push(line)
    }
    let path = '', pen = 'M'
    for (const p of points) {
      const v = p.values[key]
      if (v === null || v === undefined) { pen = 'M'; continue }
      path += pen + x(p.t).toFixed(1) + ' ' + y(v).toFixed(1)
      pen = 'L'
    }
    parts.push(node('path', { d: path, class: 'curve' }))
    svg.replaceChildren(...parts)
    const last = points[points.length - 1].values[key]
    svg.setAttribute('aria-label', label + ': now ' + (last === null || last === undefined ? 'not known' : short(last) + unit))
  }
}
function due() {
  if (!isDue) { isDue = true; requestAnimationFrame(draw) }
}
function take(message) {
  if (message.kind === 'run') {
    byId('title').textContent = message.title
    byId('where').textContent = message.drill + ' on ' + message.platform
    document.title = message.drill + ', live'
  } else if (message.kind === 'progress') {
    byId('now').textContent = message.words
  } else if (message.kind === 'point') {
    points.push(message)
    if (points.length > 3600) points.shift()
    byId('now').textContent = message.now
    byId('next').textContent = message.next
    byId('numbers').replaceChildren(...message.numbers.map(({ label, text }) => {
      const box = document.createElement('div'), dt = document.createElement('dt'), dd = document.createElement('dd'), b = document.createElement('b')
      dt.textContent = label
      b.textContent = text
      dd.append(b)
      box.append(dt, dd)
      return box
    }))
    due()
  } else if (message.kind === 'event') {
    events.push(message)
    const item = document.createElement('li')
    const when = document.createElement('span')
    when.className = 'stamp'
    when.textContent = message.at + ' '
    item.append(when, message.words)
    if (message.tone !== 'plain') item.className = message.tone
    byId('events').prepend(item)
    due()
  } else if (message.kind === 'partitions') {
    byId('partitions').replaceChildren(...message.rows.map(({ name, leader, inSync, replicas }) => {
      const item = document.createElement('li')
      item.className = leader === null ? 'bad' : inSync < replicas ? 'fault' : ''
      item.textContent = name + ': ' + (leader === null ? 'no leader' : 'leader ' + leader) + ', ' + inSync + ' of ' + replicas + ' in sync'
      return item
    }))
    const without = message.rows.filter(row => row.leader === null).length
    const behind = message.rows.filter(row => row.inSync < row.replicas).length
    byId('partitions-sum').textContent = message.rows.length + (message.rows.length === 1 ? ' partition, ' : ' partitions, ') + without + ' without a leader, ' + behind + ' not in sync'
  } else if (message.kind === 'end') {
    isOver = true
    stream.close()
    byId('state').textContent = message.words
    if (message.hasReport) location.replace('report')
  }
}
const stream = new EventSource('events')
stream.onopen = () => {
  points = []
  events = []
  byId('events').replaceChildren()
  byId('state').textContent = 'live'
}
stream.onmessage = ({ data }) => take(JSON.parse(data))
stream.onerror = () => { if (!isOver) byId('state').textContent = 'no connection to the run; it is tried again each second' }
`
