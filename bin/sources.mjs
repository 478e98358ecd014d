import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const INPUTS = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']

/** SHA-256 of all that is built from, in hexadecimal: names and content. */
export function fingerprint(root) {
  const hash = createHash('sha256')
  for (const name of namesOf(root)) hash.update(`\n${name}\n`).update(readFileSync(join(root, name)))
  return hash.digest('hex')
}

/** Whoever changes a file, also with its old time put back, changes one of these. */
export function looksOf(root) {
  let newestMs = 0
  const lines = namesOf(root).map(name => {
    const { size, mtimeMs, ctimeMs, ino } = statSync(join(root, name))
    newestMs = Math.max(newestMs, ctimeMs)
    return `${name} ${size} ${mtimeMs} ${ctimeMs} ${ino}`
  })
  return { text: lines.join('\n'), newestMs }
}

function namesOf(root) {
  const sources = ['chaos', 'lib'].flatMap(folder =>
    // With types: without them, each entry is asked for its own, which takes longer than all the rest.
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter(({ name }) => name.endsWith('.ts'))
      .map(entry => `${(entry.parentPath ?? entry.path).slice(root.length + 1)}/${entry.name}`)
      .sort((a, b) => (a < b ? -1 : 1)),
  )
  return [...INPUTS, ...sources]
}
