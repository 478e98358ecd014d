import assert from 'node:assert/strict'
import { FAIL_BACK, FAIL_OVER, go, MIGRATE, ROLL_BACK, ways } from './region-world.ts'

describe('a fail-over', () => {
  it('takes its four steps in order, and writes each down with what was seen', async () => {
    const { last, steps, asked, events, began } = await go({}, FAIL_OVER)
    assert.equal(last?.ok, true)
    assert.deepEqual(steps, [
      'fail-over: mirror done',
      'fail-over: offsets done',
      'fail-over: devices done',
      'fail-over: consumers done',
    ])
    assert.deepEqual(asked, [
      'stop there',
      'places in b',
      'devices to b',
      'consumers to b',
      'leave a',
      'release',
    ])
    assert.deepEqual(began, [{ 'telemetry/0': 96 }])
    const [, offsets] = events
    assert.deepEqual(offsets?.kind === 'region.step' && offsets.group, {
      group: 'tail-1',
      committed: { 'telemetry/0': 120 },
      translated: { 'telemetry/0': 96 },
      ends: { 'telemetry/0': 120 },
    })
  })

  it('takes the processor along where the drill says so, last, and once devices have told what they did', async () => {
    const planted = { spec: { failOver: { processor: 'rebuilt' } }, processor: true }
    const { steps, asked, events } = await go(planted, FAIL_OVER)
    assert.deepEqual(steps.slice(-3), [
      'fail-over: consumers done',
      'fail-over: commands done',
      'fail-over: processor done',
    ])
    assert.deepEqual(asked.slice(-3), ['processor leaves', 'processor follows', 'release'])
    const last = events.at(-1)
    assert.equal(
      last?.kind === 'region.step' && last.proof,
      'instances in region b process 6 partitions: 50 records of their state were restored, 9 commands and acknowledgements read again',
    )
    assert.doesNotMatch((await go({ processor: true }, FAIL_OVER)).steps.join(), /processor/)
  })

  it('fails, and names the step, where the processor cannot go', async () => {
    const { last, steps } = await go(
      { spec: { failOver: { processor: 'rebuilt' } }, processor: true, cannotFollow: true },
      FAIL_OVER,
    )
    assert.equal(last?.ok, false)
    assert.equal(steps.at(-1), 'fail-over: processor failed: no partition has an instance')
  })

  it('stops before devices move where an offset lies beyond the end of region b', async () => {
    const { last, steps, asked } = await go({ translated: { 'telemetry/0': 121 } }, FAIL_OVER)
    assert.equal(last?.ok, false)
    assert.equal(
      steps[1],
      'fail-over: offsets failed: the group’s offset of telemetry/0 is 121 and region b ends at 120; 1 such partitions',
    )
    assert.deepEqual(asked, ['stop there', 'places in b', 'release'])
  })

  it('begins at copied numbers where the drill makes that mistake, under the names that the mirror gives', async () => {
    assert.deepEqual((await go({ spec: { offsets: 'copied' } }, FAIL_OVER)).began, [{ 'telemetry/0': 120 }])
    const spec = { offsets: 'copied', mirror: { policy: 'default' } }
    const { began } = await go({ spec, ends: { 'a.telemetry/0': 120 } }, FAIL_OVER)
    assert.deepEqual(began, [{ 'a.telemetry/0': 120 }])
  })

  it('fails at a step that throws, or does not end in its time, and takes no further one', async () => {
    const thrown = await go({ mirror: async () => Promise.reject(new Error('no worker answers')) }, FAIL_OVER)
    assert.deepEqual(thrown.steps, ['fail-over: mirror failed: no worker answers'])
    const late = await go({ mirror: () => new Promise(() => {}) }, { ...FAIL_OVER, withinMs: 50 })
    assert.match(late.steps.join(), /^fail-over: mirror failed: waited 0\.05 s for the step mirror/)
    assert.deepEqual(late.asked, ['stop there', 'release'])
  })

  it('fails where consumers had committed nothing', async () => {
    const { steps } = await go({ committed: null }, FAIL_OVER)
    assert.match(steps.at(-1) ?? '', /offsets failed: consumers had committed nothing in region a/)
  })

  it('is done once', async () => {
    await assert.rejects(go({}, FAIL_OVER, FAIL_OVER), /are in region b already/)
  })
})

describe('a fail-back', () => {
  it('reads what remained, copies back from where devices came in, and holds them until all of it is there', async () => {
    const { last, asked, began, steps } = await go({ spec: ways }, FAIL_OVER, FAIL_BACK)
    assert.equal(last?.ok, true, steps.join('\n'))
    assert.deepEqual(asked.slice(asked.indexOf('release') + 1), [
      'prepare back',
      'places in a',
      'remains to a',
      'leave a',
      'back from 120',
      'places in b',
      'hold',
      'places in b',
      'places in a',
      'stop back',
      'leave b',
      'places in a',
      'devices to a',
      'consumers to a',
      'release',
    ])
    assert.deepEqual(began.at(-1), { 'telemetry/0': 96 })
  })

  it('begins where consumers were where nothing came back', async () => {
    const { began } = await go({ spec: ways, translated: {}, checkpoints: [] }, FAIL_OVER, FAIL_BACK)
    assert.deepEqual(began.at(-1), { 'telemetry/0': 120 })
  })

  it('ends where it begins when no mirror may copy back, and devices stay', async () => {
    const { steps, asked } = await go({}, FAIL_OVER, FAIL_BACK)
    assert.equal(steps.at(-1), 'fail-back: region failed: there is no mirror from region b to region a')
    assert.ok(!asked.includes('devices to a'))
  })
})

describe('a migration', () => {
  it('compares, waits, holds, and moves devices in waves, with consumers after the first', async () => {
    const { steps, asked, last } = await go({ spec: ways }, MIGRATE)
    assert.equal(last?.ok, true)
    const names = steps.map(step => step.replace(/^migrate: (.*) done$/, '$1'))
    assert.deepEqual(names, [
      'settings',
      'access',
      'data',
      'way-back',
      'hold',
      'drained',
      'mirror',
      'offsets',
      'reverse',
      'wave 1',
      'consumers',
      'wave 2',
    ])
    assert.deepEqual(
      asked.filter(one => one.startsWith('devices')),
      ['devices of gw-1, gw-3 to b', 'devices of gw-2 to b'],
    )
  })

  it('is refused by a setting that differs, before anybody is held', async () => {
    const differs = await go({ settingsOfB: { 'retention.ms': '5', partitions: '1' } }, MIGRATE)
    assert.match(
      differs.steps.at(-1) ?? '',
      /settings failed: 1 settings differ: telemetry: retention\.ms is 1000 in a and 5 in b/,
    )
    assert.ok(!differs.asked.includes('hold'))
  })

  it('lets devices go on in region a when it cannot be completed, and can be tried again', async () => {
    const { steps, asked, outcomes } = await go(
      { copied: { 'telemetry/0': 100 } },
      { ...MIGRATE, withinMs: 40 },
      { ...MIGRATE, withinMs: 40 },
    )
    assert.match(steps[2] ?? '', /data failed: waited .* telemetry\/0 at 100 of 120/)
    assert.deepEqual(
      outcomes.map(({ ok }) => ok),
      [false, false],
    )
    assert.equal(asked.filter(one => one === 'release').length, 2)
  })

  it('does not go on while a record is under way, or a checkpoint is behind what was committed', async () => {
    const held = await go({ underWay: 4 }, MIGRATE)
    assert.match(held.steps.at(-1) ?? '', /hold failed: 4 records are under way/)
    const behind = await go({ checkpoints: [['telemetry/0', 110, 96]] }, { ...MIGRATE, withinMs: 40 })
    assert.match(
      behind.steps.at(-1) ?? '',
      /drained failed: waited .* not yet: telemetry\/0 is at 110 of 120/,
    )
    const none = await go({ checkpoints: [] }, { ...MIGRATE, withinMs: 40 })
    assert.match(none.steps.at(-1) ?? '', /drained failed: waited .* not yet: telemetry\/0 has none/)
  })

  it('waits for a person where the drill has one, and fails at that step when nobody comes', async () => {
    const { steps, events } = await go({ isDone: false }, { ...MIGRATE, goAhead: 'Tell the teams' })
    assert.match(steps.at(-1) ?? '', /go-ahead failed: nobody said that it is done: Tell the teams/)
    const last = events.at(-1)
    assert.equal(last?.kind === 'region.step' && last.owner, 'operator')
  })
})

describe('a roll-back', () => {
  it('goes home by the mirror that has copied since devices left', async () => {
    const { last, asked } = await go({ spec: ways }, MIGRATE, ROLL_BACK)
    assert.equal(last?.ok, true)
    const back = asked.slice(asked.indexOf('release') + 1)
    assert.deepEqual(
      back.filter(one => !one.startsWith('places')),
      ['hold', 'stop back', 'leave b', 'devices to a', 'consumers to a', 'release'],
    )
  })

  it('fails at the step that needs that mirror where there is none, and devices stay', async () => {
    const { steps, asked, last } = await go({}, MIGRATE, ROLL_BACK)
    assert.equal(last?.ok, false)
    assert.equal(steps.at(-1), 'roll-back: reverse failed: there is no mirror from region b to region a')
    assert.ok(!asked.slice(asked.indexOf('release') + 1).includes('hold'))
  })
})
