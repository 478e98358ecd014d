/**
 * A run that another version sealed, held against what this version derives from the same raw evidence. Rules and
 * measurements may have become better since, so not every difference is a contradiction:
 *
 * - what was counted out of the raw histories must be the same, and
 * - no check that was sealed as passed may fail now;
 * - everything else that differs is told: it is this version's view of the same evidence.
 */
export type Finding = { readonly isProblem: boolean; readonly what: string }

interface Loose {
  readonly [name: string]: unknown
}

/** Counted from the raw histories by every version alike. */
const COUNTED = ['sends', 'acked', 'failed', 'unknown', 'polled', 'stored'] as const

export function auditAcrossVersions(sealed: unknown, derived: unknown): Finding[] {
  const [was, is] = [record(sealed), record(derived)]
  const [countsBefore, countsNow] = [record(was['counts']), record(is['counts'])]
  const counts = COUNTED.filter(name => name in countsBefore && countsBefore[name] !== countsNow[name]).map(
    name => ({
      isProblem: true,
      what: `counts/${name} is ${show(countsBefore[name])}; the raw evidence gives ${show(countsNow[name])}`,
    }),
  )
  return [...counts, ...verdictAcrossVersions('the audit', was['verdict'], is['verdict'])]
}

export function costAcrossVersions(sealed: unknown, derived: unknown): Finding[] {
  const [was, is] = [metered(sealed), metered(derived)]
  return Object.keys(was)
    .filter(name => was[name] !== undefined && was[name] !== is[name])
    .map(name => ({
      isProblem: true,
      what: `${name} is ${show(was[name])}; the raw evidence gives ${show(is[name])}`,
    }))
}

/** Models may improve from one version to the next; what was metered stays. */
function metered(json: unknown): Loose {
  const { ingest, crossed, stored } = record(record(json)['meters'])
  return {
    'ingest/acked/records': valueOf(record(ingest)['records']),
    'crossed/total': valueOf(record(crossed)['total']),
    'stored/oneCopyBytes': valueOf(record(stored)['oneCopyBytes']),
  }
}

/** @param gates the names of the gates that the drill declares: to leave one of them out was never right. */
export function scorecardAcrossVersions(
  sealed: unknown,
  derived: unknown,
  gates: ReadonlySet<string>,
): Finding[] {
  const [before, now] = [checksOf(sealed), checksOf(derived)]
  const found: Finding[] = []
  for (const [name, was] of before) {
    const is = now.get(name)
    if (is === undefined) found.push({ isProblem: false, what: `${name} is no longer judged` })
    else if (was['verdict'] === 'pass' && is['verdict'] === 'fail')
      found.push({
        isProblem: true,
        what: `${name} was sealed as pass with ${show(was['value'])}; the raw evidence gives fail with ${show(is['value'])}`,
      })
    else if (was['verdict'] !== is['verdict'])
      found.push({
        isProblem: false,
        what: `${name} was sealed as ${show(was['verdict'])}; this version judges ${show(is['verdict'])}`,
      })
  }
  for (const [name, is] of now)
    if (!before.has(name) && is['verdict'] === 'fail' && gates.has(String(is['check'])))
      found.push({ isProblem: true, what: `${name} is a gate of the drill; it fails and was not sealed` })
    else if (!before.has(name) && is['verdict'] !== 'pass' && is['verdict'] !== 'not-judged')
      found.push({ isProblem: false, what: `${name} is new in this version, and is ${show(is['verdict'])}` })
  const [was, is] = [record(sealed)['verdict'], record(derived)['verdict']]
  if (was !== is)
    found.push({
      isProblem: false,
      what: `the run was sealed as ${show(was)}; this version judges ${show(is)}`,
    })
  return found
}

function verdictAcrossVersions(whose: string, was: unknown, is: unknown): Finding[] {
  if (was === is) return []
  const what = `the verdict of ${whose} was sealed as ${show(was)}; this version gives ${show(is)}`
  return [{ isProblem: was === 'pass' && is === 'fail', what }]
}

/** By row, check and subject. */
function checksOf(json: unknown): ReadonlyMap<string, Loose> {
  return new Map(
    list(record(json)['rows']).flatMap(row =>
      list(row['checks']).map(check => {
        const subject = typeof check['subject'] === 'string' ? ` of ${check['subject']}` : ''
        return [`${show(row['dimension'])}: ${show(check['check'])}${subject}`, check] as const
      }),
    ),
  )
}

const valueOf = (json: unknown): unknown => ('value' in record(json) ? record(json)['value'] : undefined)
const record = (value: unknown): Loose =>
  typeof value === 'object' && value !== null ? (value as Loose) : {}
const list = (value: unknown): readonly Loose[] => (Array.isArray(value) ? value.map(record) : [])

function show(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
