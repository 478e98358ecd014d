import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { environmentOf } from '../../../chaos/drivers/index.ts'
import { beyondRadius } from '../../../chaos/gameday/blast-radius.ts'
import { digestOfDay, type GameDay, gameDay, loadCalendar } from '../../../chaos/gameday/calendar.ts'
import { approveDay, judgeApproval } from '../../../chaos/gameday/day-approval.ts'
import { icsOf } from '../../../chaos/gameday/ics.ts'
import { answerOf, recoveryOverDays } from '../../../chaos/gameday/over-days.ts'
import type { DayRecord } from '../../../chaos/gameday/day-record.ts'
import { keyIdOf, type SealingKey } from '../../../chaos/seal/keys.ts'
import { keptFolder } from '../../temporary.ts'

const DAY = {
  id: '2027-01-zone',
  at: '2027-01-14T09:00:00Z',
  lasts: '2h',
  drill: 'zone-cut',
  owner: 'Dana',
  hypothesis: 'Losing az-c stops no device elsewhere for more than fifteen seconds; nothing is lost.',
  expectedCostUsd: 0,
  blastRadius: { zones: ['az-c'], faults: ['zone-cut'] },
  approvers: ['Noor'],
}
const day = (change: Partial<typeof DAY> = {}): GameDay => gameDay.parse({ ...DAY, ...change })

async function problems(yaml: string): Promise<string> {
  const path = join(keptFolder('gameday'), 'gamedays.yaml')
  writeFileSync(path, yaml)
  try {
    await loadCalendar(path, 'gamedays.yaml')
    return ''
  } catch (error) {
    assert.ok(error instanceof AftershockError && error.code === 'input')
    return error.message
  }
}

const written = (...days: readonly object[]) => JSON.stringify({ calendar: 'Fleet', days })

describe('a calendar of game days', () => {
  it('is good as it is in the documentation, and has its days in the order of time', async () => {
    const path = join(keptFolder('gameday'), 'gamedays.yaml')
    writeFileSync(path, written({ ...DAY, id: 'later', at: '2028-01-01T00:00:00Z' }, DAY))
    const { days } = await loadCalendar(path)
    assert.deepEqual(
      days.map(({ id, lasts, environment }) => [id, lasts, environment]),
      [
        ['2027-01-zone', 7_200_000, 'this-machine'],
        ['later', 7_200_000, 'this-machine'],
      ],
    )
  })

  for (const [what, change, expected] of [
    ['a time without a zone', { at: '2027-01-14 09:00' }, /days\[0\]\.at|at:/],
    ['a hypothesis that is none', { hypothesis: 'works' }, /at least 20 letters, found 'works'/],
    ['a fault that there is not', { blastRadius: { zones: [], faults: ['meteor'] } }, /meteor/],
    ['a key that it does not know', { onwer: 'Dana' }, /onwer/],
  ] as const)
    it(`is refused with ${what}`, async () => {
      assert.match(await problems(written({ ...DAY, ...change })), expected)
      assert.equal(await problems(written(DAY)), '')
    })

  it('is refused when two days have one name', async () => {
    assert.match(await problems(written(DAY, DAY)), /2027-01-zone stands there twice/)
  })

  it('is written for the calendars of people, in lines of 75 bytes, and the same each time', () => {
    const text = icsOf({ name: 'Fleet, all of it', days: [day({ owner: 'Zoë; on call' })] })
    assert.ok(text.startsWith('BEGIN:VCALENDAR\r\nVERSION:2.0\r\n'))
    assert.match(text, /\r\nDTSTART:20270114T090000Z\r\nDTEND:20270114T110000Z\r\n/)
    assert.match(text, /X-WR-CALNAME:Game days: Fleet\\, all of it/)
    for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line)
    const unfolded = text.replaceAll('\r\n ', '')
    assert.match(unfolded, /Owner: Zoë\\; on call/)
    assert.match(unfolded, /Hypothesis: Losing az-c stops no device/)
    assert.equal(text, icsOf({ name: 'Fleet, all of it', days: [day({ owner: 'Zoë; on call' })] }))
  })
})

describe('a blast radius', () => {
  const beyond = async (drill: string, zones: GameDay['blastRadius']['zones'], faults: string[]) => {
    const loaded = await loadDrill(drill)
    const { topology } = environmentOf('local').outline(loaded.drill, 'kafka')
    return beyondRadius(loaded.drill, topology, { zones, faults })
  }

  it('holds a drill that stays within', async () => {
    assert.deepEqual(await beyond('zone-cut', ['az-c'], ['zone-cut']), [])
    assert.deepEqual(await beyond('broker-stop', ['az-b'], ['broker-stop']), [])
    assert.deepEqual(await beyond('link-latency', ['az-b'], ['link-latency']), [])
  })

  it('is exceeded by another zone, and by another kind of fault', async () => {
    assert.deepEqual(await beyond('zone-cut', ['az-a'], ['zone-cut']), [
      'zone-cut-1: it acts in az-c, and az-a was agreed',
    ])
    assert.deepEqual(await beyond('zone-cut', ['az-c'], ['broker-kill']), [
      'zone-cut-1: zone-cut is no fault that was agreed (broker-kill)',
    ])
  })

  it('is exceeded by a fault whose zone only the cluster knows, unless all zones were agreed', async () => {
    const [why = ''] = await beyond('broker-kill', ['az-a', 'az-b'], ['broker-kill'])
    assert.match(why, /where it acts is only known when it runs, so every zone has to be agreed/)
    assert.deepEqual(await beyond('broker-kill', ['az-a', 'az-b', 'az-c'], ['broker-kill']), [])
  })
})

describe('the approval of a game day', () => {
  const pair = (): SealingKey => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    return { keyid: keyIdOf(publicKey), privateKey, publicKey }
  }
  const noor = pair()
  const people = new Map([['Noor', noor.publicKey]])
  const digest = digestOfDay(day(), 'a'.repeat(64))
  const judged = (by: string, key: SealingKey, about = digest, known = people) =>
    judgeApproval(approveDay(day(), about, { name: by, key }, 0), { day: day(), digest, people: known })

  it('counts when one of its approvers signed it', () => {
    assert.deepEqual(judged('Noor', noor), { by: 'Noor', at: '1970-01-01T00:00:00.000Z' })
  })

  it('does not count from anybody else, with another key, from nobody known, or of something else', () => {
    const why = (one: ReturnType<typeof judged>) => ('refused' in one ? one.refused : 'approved')
    assert.match(why(judged('Dana', noor)), /Dana is none of its approvers \(Noor\)/)
    assert.match(why(judged('Noor', pair())), /not signed with the key of Noor/)
    assert.match(why(judged('Noor', noor, digest, new Map())), /nobody knows the key of Noor/)
    assert.match(why(judged('Noor', noor, 'b'.repeat(64))), /as it was before it changed/)
    assert.match(
      why(judgeApproval({ payload: '', payloadType: 'x', signatures: [] }, { day: day(), digest, people })),
      /no approval of a game day/,
    )
  })

  it('is taken back by a change of the day, or of its drill', () => {
    assert.notEqual(digestOfDay(day({ hypothesis: `${DAY.hypothesis} At all.` }), 'a'.repeat(64)), digest)
    assert.notEqual(digestOfDay(day(), 'b'.repeat(64)), digest)
    assert.equal(digestOfDay(day(), 'a'.repeat(64)), digest)
  })
})

describe('recovery over game days', () => {
  it('is better or worse only beyond all days before, and says when chance may be why', () => {
    assert.equal(answerOf([3000]), '3 s, the first time')
    assert.match(
      answerOf([4000, 3000]),
      /^better: 3 s against 4 s the time before; too few to rule out chance$/,
    )
    assert.match(
      answerOf([4000, 5000, 4500]),
      /^no different: 4\.5 s, within 4 s to 5 s of the 2 times before$/,
    )
    assert.match(
      answerOf([4000, 5000, 4500, 4100, 9000]),
      /^worse: 9 s against 4 s to 5 s the 4 times before$/,
    )
  })

  it('claims nothing of what was not measured', () => {
    assert.equal(answerOf([4000, null]), 'not known: it was not measured the last time')
    assert.equal(answerOf([null, 4000]), '4 s, the first time')
  })

  it('compares a fault with itself, on its own platform', () => {
    const record = (platform: string, sustainedMs: number) =>
      ({
        day: day(),
        platform,
        ranAt: '2027-01-14T09:00:00Z',
        recovery: [{ fault: 'cut', sustainedMs }],
      }) as DayRecord
    const answers = recoveryOverDays([record('a', 1000), record('b', 2000), record('a', 3000)])
    assert.deepEqual(
      answers.map(({ platform, days }) => [platform, days.map(one => one.sustainedMs)]),
      [
        ['a', [1000, 3000]],
        ['b', [2000]],
      ],
    )
  })
})
