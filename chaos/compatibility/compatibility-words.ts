import type { Compatibility } from '../record/compatibility.ts'
import { shownOf, summaryOf } from './compatibility-row.ts'
import { CLIENTS } from './line.ts'

const MARK = { pass: '✓', fail: '✗', 'not-run': '·' } as const
const WORD = { pass: 'pass', fail: 'FAIL', 'not-run': 'not run' } as const

/** The table: a line each, with what each client came to; then what did not hold, in words. */
export function compatibilityWords(tried: Compatibility, width: number): string {
  const { lines, clients, software, platform, where } = tried
  const longest = Math.max(4, ...lines.map(({ line }) => line.length))
  const head = `  ${'line'.padEnd(longest + 2)}${'verdict'.padEnd(9)}${CLIENTS.map(name => name.padEnd(12)).join('')}`
  const rows = lines.map(line => {
    const cells = CLIENTS.map(name => MARK[line.clients[name]?.verdict ?? 'not-run'].padEnd(12)).join('')
    return `${MARK[line.verdict]} ${line.line.padEnd(longest + 2)}${WORD[line.verdict].padEnd(9)}${cells}`.trimEnd()
  })
  const open = lines
    .filter(({ verdict }) => verdict !== 'pass')
    .flatMap(line => [
      '',
      ...wrapped(`${line.line}: ${line.asks}.`, width),
      ...wrapped(`  ${shownOf(line)}`, width),
    ])
  const whose = Object.entries(clients).map(
    ([name, { version, why }]) => `  ${name}: ${version ?? `not tried: ${why}`}`,
  )
  const title = `${software?.name ?? platform ?? 'A cluster'} (${where}): ${summaryOf(tried)}`
  return `${[title, '', head, ...rows, ...open, '', 'Clients:', ...whose].join('\n')}\n`
}

function wrapped(text: string, width: number): string[] {
  const indent = /^ */.exec(text)?.[0] ?? ''
  const lines: string[] = []
  let line = ''
  for (const word of text.trim().split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(`${indent}${line}`)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, `${indent}${line}`]
}
