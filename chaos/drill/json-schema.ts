import { stringify } from 'yaml'
import { z } from 'zod'
import { nearest } from './nearest.ts'
import type { DocumentPath } from './problem.ts'

type Scalar = string | number | boolean | null

/** The part of JSON Schema that zod's export of our schemas uses. */
export interface JsonSchema {
  readonly $schema?: string
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly const?: Scalar
  readonly enum?: readonly Scalar[]
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly minimum?: number
  readonly exclusiveMinimum?: number
}

/** The schema of what an author writes, before defaults and transformations. */
export function inputJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' }) as JsonSchema
}

export const branchesOf = (schema: JsonSchema): readonly JsonSchema[] | undefined =>
  schema.anyOf ?? schema.oneOf

/** Which of a union's branches the author most likely meant by `value`. */
export function likeliestBranch(branches: readonly JsonSchema[], value: unknown): number {
  const scores = branches.map(branch => likeness(branch, value))
  return scores.indexOf(Math.max(...scores))
}

/** Not a probability: right keys count most, mistyped ones less, the right type least. */
function likeness(schema: JsonSchema, value: unknown): number {
  const branches = branchesOf(schema)
  if (branches) return Math.max(...branches.map(branch => likeness(branch, value)))
  if (schema.const !== undefined) {
    if (schema.const === value) return 100
    return typeof value === 'string' && nearest(value, [String(schema.const)]) !== undefined ? 5 : 0
  }
  if (!isRecord(value)) return hasType(schema, value) ? 1 : 0
  if (schema.type !== 'object') return 0
  const properties = schema.properties ?? {}
  return Object.entries(value).reduce((sum, [key, item]) => {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (property) return sum + 10 + (property.const === undefined ? 0 : likeness(property, item))
    return sum + (nearest(key, Object.keys(properties)) === undefined ? 0 : 3)
  }, 1)
}

/** The schema of the value at `path` in `root`, in the branches that the document itself took. */
export function schemaAt(schema: JsonSchema, root: unknown, path: DocumentPath): JsonSchema | undefined {
  let current: JsonSchema | undefined = takeBranch(schema, root)
  let value = root
  for (const step of path) {
    if (!current) return undefined
    value = valueAt(value, [step])
    const next = stepInto(current, step)
    current = next && (value === undefined ? next : takeBranch(next, value))
  }
  return current
}

/** The schema of what is under one key or index, in case it can have any. */
export function stepInto(schema: JsonSchema, step: string | number): JsonSchema | undefined {
  if (typeof step === 'number') return schema.items
  const property =
    schema.properties && Object.hasOwn(schema.properties, step) ? schema.properties[step] : undefined
  if (property) return property
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
}

/** A union stays one when its author wrote something that only its own examples can correct. */
function takeBranch(schema: JsonSchema, value: unknown): JsonSchema {
  const branches = branchesOf(schema)
  if (!branches || !isRecord(value)) return schema
  return takeBranch(branches[likeliestBranch(branches, value)] as JsonSchema, value)
}

/** A value that the schema accepts, for an error message; the first example that its author gave, if any. */
export function exampleOf(schema: JsonSchema): unknown {
  const given = schema.examples?.[0] ?? schema.const ?? scalarDefault(schema) ?? schema.enum?.[0]
  if (given !== undefined) return given
  const branch = branchesOf(schema)?.[0]
  if (branch) return exampleOf(branch)
  switch (schema.type) {
    case 'object': {
      const properties = schema.properties ?? {}
      const keys = schema.required ?? Object.keys(properties).slice(0, 1)
      return Object.fromEntries(keys.map(key => [key, exampleOf(properties[key] as JsonSchema)]))
    }
    case 'array':
      return schema.items ? [exampleOf(schema.items)] : []
    case 'integer':
    case 'number':
      return (
        schema.minimum ??
        (schema.exclusiveMinimum === undefined ? 1 : Math.floor(schema.exclusiveMinimum) + 1)
      )
    case 'boolean':
      return true
    case undefined:
    default:
      return 'name'
  }
}

/** An object's default is often `{}`, which teaches nothing. */
const scalarDefault = (schema: JsonSchema): unknown =>
  schema.type === 'object' || schema.type === 'array' ? undefined : schema.default

/** `target: { leader-of: telemetry/0 }` */
export function exampleLine(key: string | number | undefined, schema: JsonSchema): string {
  const text = stringify(exampleOf(schema), {
    collectionStyle: 'flow',
    flowCollectionPadding: true,
    lineWidth: 0,
  }).trim()
  return typeof key === 'string' ? `${key}: ${text}` : `- ${text}`
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function valueAt(root: unknown, path: DocumentPath): unknown {
  let value = root
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

function hasType(schema: JsonSchema, value: unknown): boolean {
  if (Array.isArray(value)) return schema.type === 'array'
  if (typeof value === 'number') return schema.type === 'number' || schema.type === 'integer'
  return schema.type === typeof value
}
