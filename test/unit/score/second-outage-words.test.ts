import assert from 'node:assert/strict'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import type { Check } from '../../../chaos/record/scorecard.ts'
import { outageGate, secondOutageWords } from '../../../chaos/score/second-outage-words.ts'

type Found = Measurements['secondOutage']
type Gate = Check['verdict'] | 'absent'

const stretch = { after: 'kill', partition: 'telemetry/0', zone: 'az-a', fromMs: 20_000, open: false }
const FOUND: Readonly<Record<string, Found>> = {
  nothing: { answer: 'no', why: null, cases: [], pauses: [], longestMs: 0 },
  'a pause': { answer: 'no', why: null, cases: [], pauses: [{ ...stretch, toMs: 22_000 }], longestMs: 2000 },
  'an outage': {
    answer: 'yes',
    why: null,
    cases: [{ ...stretch, toMs: 32_000 }],
    pauses: [],
    longestMs: 12_000,
  },
  'not known': { answer: 'unknown', why: 'a shard is missing', cases: [], pauses: [], longestMs: 0 },
  'at least an outage': {
    answer: 'unknown',
    why: 'the chain is broken',
    cases: [{ ...stretch, toMs: 32_000 }],
    pauses: [],
    longestMs: 12_000,
  },
}
const GATES: readonly Gate[] = ['absent', 'pass', 'fail', 'inconclusive', 'not-judged', 'not-applicable']

function wordsOf(found: Found, gate: Gate, why: string | null = null, faults: readonly object[] = [{}]) {
  const check: Check = {
    check: 'second-outage-seconds',
    subject: null,
    what: '',
    expected: 'at most 5 s',
    value: null,
    shown: '',
    unit: 's',
    verdict: gate === 'absent' ? 'pass' : gate,
    why,
    proof: [],
  }
  return secondOutageWords(
    { secondOutage: found, slowAfterMs: 1000, faults, replays: [{}] },
    outageGate(gate === 'absent' ? [] : [check]),
  )
}

describe('the words for a second outage', () => {
  for (const [name, found] of Object.entries(FOUND)) {
    for (const gate of GATES) {
      it(`do not contradict the verdict: ${name}, the gate ${gate}`, () => {
        const { title, sentence } = wordsOf(found, gate)
        for (const words of [title, sentence]) {
          assert.match(words, /^[A-Z].*\.$/)
          // Only a gate that failed may call it that, and it may never be called none then.
          if (gate !== 'fail') assert.doesNotMatch(words, /^Recovery became a second outage/)
          if (gate === 'fail') assert.doesNotMatch(words, /did not become|not known/)
          if (gate === 'inconclusive' || found.answer === 'unknown')
            assert.doesNotMatch(words, /did not become|which the drill allows|does not judge/)
        }
        if (found.cases.length > 0) assert.match(sentence, /12 s/, 'what was seen is told in any case')
      })
    }
  }

  it('say which loss of service the drill allows, and which it does not judge', () => {
    const outage = FOUND['an outage'] ?? assert.fail()
    assert.equal(
      wordsOf(outage, 'pass').title,
      'Service was lost anew for up to 12 s, which the drill allows (at most 5 s).',
    )
    assert.equal(
      wordsOf(outage, 'absent').title,
      'Service was lost anew for up to 12 s, which this drill does not judge.',
    )
    assert.match(
      wordsOf(outage, 'fail').sentence,
      /^Recovery became a second outage: after kill, 1 partition/,
    )
  })

  it('do not speak of healing and recovery where no fault was injected', () => {
    assert.deepEqual(wordsOf(FOUND['nothing'] ?? assert.fail(), 'pass', null, []), {
      title: 'There was no second outage.',
      sentence:
        'There was no second outage: no fault was injected, and no partition was without service for more than 1 s while history was read.',
    })
  })

  it('do not say that nothing was read again where only nobody replayed', () => {
    const measured = {
      secondOutage: FOUND['nothing'] ?? assert.fail(),
      slowAfterMs: 1000,
      faults: [],
      replays: [],
    }
    assert.equal(
      secondOutageWords(measured, outageGate([])).sentence,
      'There was no second outage: no fault was injected, and no history was replayed.',
    )
  })

  it('say why a failure was excused', () => {
    const found = FOUND['a pause'] ?? assert.fail()
    assert.equal(
      wordsOf(found, 'inconclusive', 'the baseline was slow').sentence,
      'Whether recovery became a second outage is not known: the baseline was slow. After kill, 1 partition paused for more than 1 s, for up to 2 s.',
    )
  })
})
