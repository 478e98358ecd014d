/** Text of words as lines of at most `width`, each indented; a word that is longer has a line of its own. */
export function wrapped(text: string, width: number, indent = '  '): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, indent + line].join('\n')
}

/** Where a line that is too long goes on: under what its label is of, or a little further in. */
function hangOf(line: string): number {
  const label = /^ *\S+(?: \S+)* {2,}/.exec(line)?.[0].length
  if (label !== undefined && label <= 24) return label
  return (/^ */.exec(line)?.[0].length ?? 0) + 2
}

/** A text whose lines are at most `width` wide; what cannot be broken at a space stays whole. */
export function withinWidth(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap(line => (line.length <= width ? [line] : brokenUp(line, width)))
    .join('\n')
}

function brokenUp(line: string, width: number): string[] {
  const hang = ' '.repeat(hangOf(line))
  const lines: string[] = []
  let rest = line
  while (rest.length > width) {
    // Within the indent there is nothing to break.
    const indent = lines.length === 0 ? (/^ */.exec(line)?.[0].length ?? 0) : hang.length
    const space = rest.lastIndexOf(' ', width)
    const at = space > indent ? space : rest.indexOf(' ', Math.max(width, indent))
    if (at === -1) break
    lines.push(rest.slice(0, at).trimEnd())
    rest = hang + rest.slice(at).trimStart()
  }
  return [...lines, rest]
}
