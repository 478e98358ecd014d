/** One place where two JSON documents differ. */
export interface Difference {
  /** JSON Pointer. */
  readonly pointer: string
  /** Both as JSON, shortened; `nothing` where it is not there. */
  readonly sealed: string
  readonly derived: string
}

/** The first places where two documents differ; the order of keys is none. Both are of bounded depth. */
export function differences(sealed: unknown, derived: unknown, limit: number): Difference[] {
  const found: Difference[] = []
  compare(sealed, derived, '', found, limit)
  return found
}

function compare(
  sealed: unknown,
  derived: unknown,
  pointer: string,
  found: Difference[],
  limit: number,
): void {
  if (found.length >= limit || Object.is(sealed, derived)) return
  if (isRecord(sealed) && isRecord(derived) && Array.isArray(sealed) === Array.isArray(derived)) {
    for (const key of new Set([...Object.keys(sealed), ...Object.keys(derived)])) {
      const [a, b] = [own(sealed, key), own(derived, key)]
      compare(a, b, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, found, limit)
    }
    return
  }
  found.push({ pointer: pointer || '/', sealed: show(sealed), derived: show(derived) })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

const own = (record: Record<string, unknown>, key: string): unknown =>
  Object.hasOwn(record, key) ? record[key] : undefined

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
