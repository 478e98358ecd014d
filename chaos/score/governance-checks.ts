import { list, plural } from '../core/numbers.ts'
import type { GovernanceMeasurement } from '../record/governance-measurement.ts'
import type { Measurements } from '../record/measurements.ts'
import type { Check } from '../record/scorecard.ts'
import { CHECK_BASE } from './service-checks.ts'

export const GOVERNANCE = 'governance'

/** As many ways to be refused are tried as there are. */
const WAYS = 9

type Asked = GovernanceMeasurement['granted']
type Said = Readonly<Record<string, string>>

/** Of every replay that needed an approval: was it enforced, by the brokers' own word, and was exactly its scope read? */
export function governanceChecks({ governance = [], replays = [] }: Partial<Measurements>): Check[] {
  const standing = replays.flatMap(({ id, readAs }) =>
    readAs === undefined ? [] : [withoutApproval(id, readAs)],
  )
  return [...governance.flatMap(checksOf), ...standing]
}

function checksOf(one: GovernanceMeasurement): Check[] {
  return [
    covered(one),
    refusedBefore(one),
    refusalsHold(one),
    grantedInScope(one),
    one.revoked ? toldUnauthorised(one) : scopeRead(one),
    rightRemoved(one),
  ]
}

/** Brokers cannot tell a replay from reading live: it is told, and no verdict. */
function withoutApproval(id: string, readAs: string): Check {
  return {
    ...CHECK_BASE,
    check: 'standing-right',
    subject: id,
    what: 'who read history again without an approval',
    expected: 'told: who may read live may read all that is kept',
    shown: readAs,
    verdict: 'not-judged',
    why: `${readAs} has a standing right to read, which covers history`,
    proof: [],
  }
}

const proofAt = (line: number | null, value: string): Check['proof'] =>
  line === null ? [] : [{ file: 'journal.jsonl', selector: `line ${line}`, value }]

function covered({ id, topics, uncovered, touched, line }: GovernanceMeasurement): Check {
  const verdict = uncovered.length > 0 ? 'fail' : topics.length === 0 ? 'inconclusive' : 'pass'
  return {
    ...CHECK_BASE,
    check: 'contract-covers',
    subject: id,
    what: touched
      ? 'topics that the run touches, without a contract'
      : 'topics of the replay without a contract',
    expected: 'none: somebody answers for every topic',
    value: uncovered.length,
    shown: uncovered.length > 0 ? list(uncovered) : touched ? `none of ${touched.length}` : 'none',
    verdict,
    why:
      verdict === 'inconclusive'
        ? 'the journal does not say what was asked for'
        : verdict === 'fail'
          ? list(uncovered)
          : null,
    proof: proofAt(line, list(topics)),
  }
}

/** Those that brokers gave, did not agree on, or said nothing of. */
function wrong(said: Said, wanted: string): { readonly clear: string[]; readonly unknown: string[] } {
  const off = Object.entries(said).filter(([, answer]) => answer !== wanted)
  return {
    clear: off.filter(([, answer]) => answer !== 'silent').map(([topic, answer]) => `${topic} (${answer})`),
    unknown: off.filter(([, answer]) => answer === 'silent').map(([topic]) => topic),
  }
}

function asked(
  about: Pick<Check, 'check' | 'what' | 'expected'> & { readonly id: string },
  found: Asked,
  parts: readonly { readonly said: Said; readonly wanted: string }[],
): Check {
  const { id, ...rest } = about
  const off = parts.map(({ said, wanted }) => wrong(said, wanted))
  const clear = off.flatMap(one => one.clear)
  const unknown = off.flatMap(one => one.unknown)
  const none = parts.every(({ said }) => Object.keys(said).length === 0)
  const verdict =
    clear.length > 0 ? 'fail' : found === null || none || unknown.length > 0 ? 'inconclusive' : 'pass'
  return {
    ...CHECK_BASE,
    ...rest,
    subject: id,
    value: found === null ? null : clear.length,
    shown:
      found === null || none
        ? 'not asked'
        : clear.length > 0
          ? list(clear)
          : unknown.length > 0
            ? 'no answer'
            : 'as expected',
    verdict,
    why:
      verdict === 'pass'
        ? null
        : clear.length > 0
          ? `the brokers’ answer: ${list(clear)}`
          : found === null || none
            ? 'the brokers were not asked'
            : `no broker answered about ${list(unknown)}`,
    proof: proofAt(found?.line ?? null, 'access.asked'),
  }
}

function refusedBefore({ id, beforeApproval }: GovernanceMeasurement): Check {
  return asked(
    {
      id,
      check: 'unapproved-refused',
      what: 'what brokers give to whoever has no approval',
      expected: 'nothing: every broker refuses every topic',
    },
    beforeApproval,
    [
      { said: beforeApproval?.inScope ?? {}, wanted: 'refused' },
      { said: beforeApproval?.outside ?? {}, wanted: 'refused' },
    ],
  )
}

function grantedInScope({ id, granted }: GovernanceMeasurement): Check {
  return asked(
    {
      id,
      check: 'granted-in-scope',
      what: 'what brokers give to whoever was approved',
      expected: 'the topics of the approval, and no others',
    },
    granted,
    [
      { said: granted?.inScope ?? {}, wanted: 'given' },
      { said: granted?.outside ?? {}, wanted: 'refused' },
    ],
  )
}

function refusalsHold({ id, refused, admitted, line }: GovernanceMeasurement): Check {
  const ways = new Set(refused).size
  const verdict = admitted.length > 0 ? 'fail' : ways < WAYS ? 'inconclusive' : 'pass'
  return {
    ...CHECK_BASE,
    check: 'refusals-hold',
    subject: id,
    what: 'replays that were to be refused, and were let in',
    expected: `none of ${WAYS}: forged, changed, expired, by the same person, …`,
    value: admitted.length,
    shown: admitted.length > 0 ? list(admitted) : `${ways} of ${WAYS} refused`,
    verdict,
    why:
      admitted.length > 0
        ? `let in: ${list(admitted)}`
        : ways < WAYS
          ? `only ${ways} of ${WAYS} ways to be refused were tried`
          : null,
    proof: proofAt(line, `${ways} refused`),
  }
}

function scopeRead(one: GovernanceMeasurement): Check {
  const { id, ok, reason, records, partitions, equal, beyondScope, line } = one
  const whole = ok === true && partitions > 0 && equal === partitions && (records ?? 0) > 0
  const verdict =
    beyondScope.length > 0
      ? 'fail'
      : whole
        ? 'pass'
        : ok === true && equal < partitions && (records ?? 0) > 0
          ? 'inconclusive'
          : ok === false && one.neverBegan !== true
            ? 'fail'
            : 'inconclusive'
  return {
    ...CHECK_BASE,
    check: 'scope-read',
    subject: id,
    what: 'the approved range, read',
    expected: 'all of it, as it is stored, and nothing else',
    value: records,
    shown:
      records === null
        ? 'not read'
        : `${plural(records, 'record')} of ${plural(partitions, 'partition')}, ${equal} of them as stored`,
    verdict,
    why:
      whole && beyondScope.length === 0
        ? null
        : beyondScope.length > 0
          ? `beyond its scope: ${list(beyondScope)}`
          : (reason ??
            (records === 0
              ? 'there was nothing to read'
              : `of ${partitions} partitions, ${equal} could be compared with what is stored`)),
    proof: proofAt(line, ok === null ? 'never finished' : ok ? 'ok' : (reason ?? 'not ok')),
  }
}

/** A right that is taken away in the middle must be told, with the range: a reader that is merely quiet has lost it. */
function toldUnauthorised({ id, reason, unauthorised, ok, line }: GovernanceMeasurement): Check {
  const told = unauthorised > 0 && reason?.startsWith('not authorised') === true
  return {
    ...CHECK_BASE,
    check: 'unauthorised-told',
    subject: id,
    what: 'offsets that are unread because the right was taken away',
    expected: 'told, with the range',
    value: unauthorised,
    shown: told ? plural(unauthorised, 'offset') : 'not reported',
    verdict: told ? 'pass' : ok === false ? 'fail' : 'inconclusive',
    why: told ? null : ok === true ? 'it had read everything before' : (reason ?? 'it never finished'),
    proof: proofAt(line, reason ?? 'no reason'),
  }
}

function rightRemoved({ id, removedLine, grantLine, remains, withdrawn }: GovernanceMeasurement): Check {
  const said = asked(
    {
      id,
      check: 'right-removed',
      what: 'what brokers give once the approval is over',
      expected: 'nothing: the right went with it',
    },
    withdrawn,
    [{ said: withdrawn?.inScope ?? {}, wanted: 'refused' }],
  )
  if (remains !== null) return { ...said, verdict: 'fail', why: `the right was not taken away: ${remains}` }
  if (grantLine === null)
    return { ...said, verdict: 'inconclusive', why: 'the right was never made', proof: [] }
  return removedLine === null
    ? { ...said, verdict: 'inconclusive', why: 'nothing says that it was removed' }
    : said
}
