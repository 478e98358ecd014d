import { readdirSync } from 'node:fs'
import { packageFile } from '../../chaos/package-root.ts'
import { importsOf, typescript } from './imports.ts'
import { ROOMS, roomOf } from './rooms.ts'

/** The folders of the product that there are: each has to be a room, with its line. */
export function foldersOfTheProduct(): string[] {
  const folders = (...path: string[]) =>
    readdirSync(packageFile(...path), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(({ name }) => `${[...path, name].join('/')}/`)
  return [
    ...folders('chaos').filter(name => name !== 'chaos/drivers/'),
    ...folders('chaos', 'drivers'),
  ].toSorted()
}

/** Room → the rooms that its files import. */
export type Arrows = ReadonlyMap<string, ReadonlySet<string>>

export function arrows(): Arrows {
  const found = new Map<string, Set<string>>(ROOMS.map(({ path }) => [path, new Set<string>()]))
  for (const file of typescript)
    for (const target of importsOf(file)) {
      const [from, to] = [roomOf(file), roomOf(target)]
      if (from && to && from !== to) found.get(from)?.add(to)
    }
  return found
}

/** The table of rooms: what is in each, and what it imports. */
export function roomsTable(): string {
  const all = arrows()
  const rows = ROOMS.map(({ path, holds }) => {
    const targets = [...(all.get(path) ?? [])].map(nameOf).toSorted()
    return `| \`${path}\` | ${holds} | ${targets.join(', ') || 'nothing'} |`
  })
  return ['| room | what is in it | imports |', '|---|---|---|', ...rows].join('\n')
}

/**
 * The same as a Mermaid diagram, of the product alone. An arrow is left out where a longer way leads to the same room, so
 * that what is left can be read.
 */
export function roomsDiagram(): string {
  const all = arrows()
  const lines = [...all]
    .filter(([from]) => /^(chaos|lib)\//.test(from))
    .flatMap(([from, targets]) =>
      [...targets]
        .filter(to => !hasLongerWay(all, from, to))
        .map(to => `  ${nodeOf(from)} --> ${nodeOf(to)}`),
    )
  return ['```mermaid', 'flowchart TD', ...lines.toSorted(), '```'].join('\n')
}

function hasLongerWay(all: Arrows, from: string, to: string): boolean {
  return [...(all.get(from) ?? [])].some(step => step !== to && step !== from && reaches(all, step, to, from))
}

function reaches(all: Arrows, from: string, to: string, without: string): boolean {
  const seen = new Set([without])
  const open = [from]
  for (let room = open.pop(); room !== undefined; room = open.pop()) {
    if (room === to) return true
    if (seen.has(room)) continue
    seen.add(room)
    open.push(...(all.get(room) ?? []))
  }
  return false
}

function nodeOf(path: string): string {
  const name = nameOf(path)
  return name.includes('/') ? `${name.replaceAll('/', '-')}[${name}]` : name
}

function nameOf(path: string): string {
  return path.replace(/^chaos\//, '').replace(/\/$/, '')
}
