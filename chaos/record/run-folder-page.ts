import { z } from 'zod'
import { RUN_FOLDER, type RunFile } from './run-folder.ts'

/** `docs/run-folder.md`, from the schemas of the files themselves. */
export function runFolderPage(files: readonly RunFile[] = RUN_FOLDER): string {
  return [
    '# How a run’s folder is laid out',
    'This page is made from `chaos/record/` by `node --import tsx bin/run-folder.ts > docs/run-folder.md`.',
    'Everything that follows a run reads only this folder: `audit`, `score`, `cost`, `report`, `verify` and `compare` can be run again on it, at any time and on any machine. A `.jsonl` file has one JSON document a line. Times named `t` are milliseconds since the run’s zero, `startedAtWallMs` of `run.json`. A key may be absent where the table says so, or in runs of an older version.',
    table(['file', 'what it is', 'written by'], files.map(overview)),
    ...files.filter(({ schema }) => schema !== undefined).map(section),
  ]
    .join('\n\n')
    .concat('\n')
}

const overview = ({ path, what, writtenBy }: RunFile): string[] => [`\`${path}\``, what, writtenBy]

function section({ path, what, schema, levels = 2 }: RunFile): string {
  const json = z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' }) as Shape
  const kinds = json.oneOf ?? json.anyOf
  const body = kinds
    ? table(['kind', 'key', 'type', 'meaning'], kinds.flatMap(rowsOfKind))
    : keyTable(json, levels)
  return `## \`${path}\`\n\n${what}\n\n${body}`
}

/** The part of JSON Schema that our schemas come to. */
interface Shape {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly oneOf?: readonly Shape[]
  readonly anyOf?: readonly Shape[]
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly items?: Shape
  readonly prefixItems?: readonly Shape[]
  readonly additionalProperties?: Shape | boolean
}

function rowsOfKind(shape: Shape): string[][] {
  const kind = shape.properties?.['kind']
  const names = kind?.enum ?? [kind?.const]
  const rows = keyRows(shape, '', 1).filter(([key]) => key !== '`kind`')
  const label = names.map(name => `\`${String(name)}\``).join(', ')
  return rows.map((row, index) => [index === 0 ? label : '', ...row])
}

const keyTable = (shape: Shape, levels: number): string =>
  table(['key', 'type', 'meaning'], keyRows(shape, '', levels))

function keyRows(shape: Shape, prefix: string, levels: number): string[][] {
  return Object.entries(shape.properties ?? {}).flatMap(([key, of]) => {
    const path = `${prefix}${key}`
    const absent = shape.required?.includes(key) ? '' : ', may be absent'
    const row = [`\`${path}\``, `${typeWords(of)}${absent}`, of.description ?? of.items?.description ?? '']
    const [inner, step] = insideOf(of)
    return levels > 1 && inner.properties ? [row, ...keyRows(inner, `${path}${step}.`, levels - 1)] : [row]
  })
}

/** What stands in a list or under any name, and how its keys are reached. */
function insideOf(shape: Shape): readonly [Shape, string] {
  const own = shape.anyOf?.find(({ type }) => type !== 'null') ?? shape
  if (own.items) return [own.items, '[]']
  return typeof own.additionalProperties === 'object' && own.properties === undefined
    ? [own.additionalProperties, '.<name>']
    : [own, '']
}

function typeWords(shape: Shape): string {
  if (shape.const !== undefined) return JSON.stringify(shape.const)
  if (shape.enum) return shape.enum.map(one => JSON.stringify(one)).join(' or ')
  const any = shape.anyOf ?? shape.oneOf
  if (any) return [...new Set(any.map(typeWords))].join(' or ')
  if (shape.prefixItems) return `[${shape.prefixItems.map(typeWords).join(', ')}]`
  if (shape.type === 'array') return `list of ${typeWords(shape.items ?? {})}`
  if (shape.type === 'object' && !shape.properties && typeof shape.additionalProperties === 'object')
    return `by name: ${typeWords(shape.additionalProperties)}`
  return shape.type === undefined ? 'any value' : [shape.type].flat().join(' or ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
