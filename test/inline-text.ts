import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Compares a text with the one that stands in the test, a template literal of its own lines. With
 * `UPDATE_SNAPSHOTS=1 npm test -- FILE` what the text is now is written there instead: read the difference before you
 * commit it.
 */
export function assertText(actual: string, expected: string): void {
  const wanted = unindented(expected)
  if (actual === wanted) return
  if (process.env.UPDATE_SNAPSHOTS !== '1') return assert.equal(actual, wanted)
  remember(actual)
}

/** The last line holds nothing but the indentation of all others. */
function unindented(literal: string): string {
  const lines = literal.split('\n')
  const indent = lines.at(-1) ?? ''
  if (lines.length < 3 || lines[0] !== '' || indent.trim() !== '') return literal
  return lines
    .slice(1, -1)
    .map(line => (line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n')
}

/** By file: new texts, by the line of the call. Written at the end, since lines move. */
const changed = new Map<string, Map<number, string>>()

function remember(actual: string): void {
  const frame = new Error('where').stack?.split('\n').find(line => line.includes('.test.ts:')) ?? ''
  const [, url = '', line = ''] = /\(?((?:file:)?\/.*\.test\.ts):(\d+):\d+\)?$/.exec(frame) ?? []
  const file = url.startsWith('file:') ? fileURLToPath(url) : url
  if (changed.size === 0) process.once('exit', rewrite)
  const calls = changed.get(file) ?? new Map<number, string>()
  changed.set(file, calls)
  const before = calls.get(Number(line))
  assert.ok(before === undefined || before === actual, `${file}:${line} is asked with different texts`)
  calls.set(Number(line), actual)
}

function rewrite(): void {
  for (const [file, calls] of changed) {
    let source = readFileSync(file, 'utf8')
    for (const [line, text] of [...calls].toSorted(([a], [b]) => b - a)) {
      const start = source.split('\n', line - 1).join('\n').length
      const call = source.indexOf('assertText(', start)
      const from = call + source.slice(call).search(/(?<=,\s*)`/)
      const to = from + 1 + (/^(?:[^`\\]|\\.)*/s.exec(source.slice(from + 1))?.[0].length ?? 0)
      source = source.slice(0, from) + literalOf(text, indentAt(source, from)) + source.slice(to + 1)
    }
    writeFileSync(file, source)
  }
}

/** As deep as the formatter puts the literal: on a line of its own, two spaces into the call. */
function indentAt(source: string, at: number): string {
  const before = source.slice(source.lastIndexOf('\n', at) + 1, at)
  return before.trim() === '' ? before : `${/^ */.exec(before)?.[0] ?? ''}  `
}

function literalOf(text: string, indent: string): string {
  const lines = text.replaceAll(/[\\`]|\$(?=\{)/g, '\\$&').split('\n')
  return `\`\n${lines.map(line => (line === '' ? '' : indent + line)).join('\n')}\n${indent}\``
}
