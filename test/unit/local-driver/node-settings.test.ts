import assert from 'node:assert/strict'
import { assert as check, constantFrom, dictionary, property, stringMatching } from 'fast-check'
import { withSetting } from '../../../chaos/drivers/local/nodes/node-settings.ts'
import {
  alterTopicRequest,
  describeSettingRequest,
  readAltered,
  readSetting,
} from '../../../chaos/kafka/settings-wire.ts'

describe('the settings of a node', () => {
  const FILE = 'node.id=1\nnum.io.threads=4\nlisteners=X\n'

  it('change one line in its place, or are written at the end', () => {
    assert.equal(withSetting(FILE, 'num.io.threads', '2'), 'node.id=1\nnum.io.threads=2\nlisteners=X\n')
    assert.equal(withSetting(FILE, 'message.max.bytes', '9'), `${FILE}message.max.bytes=9\n`)
    assert.equal(withSetting('a=1', 'b', '2'), 'a=1\nb=2')
  })

  it('leave one line, where it stood more than once: the last, which counted', () => {
    assert.equal(withSetting('a=1\nb=2\na=3\n', 'a', '4'), 'b=2\na=4\n')
  })

  it('are the file of before when the change is taken back', () => {
    const names = constantFrom('a', 'a.b', 'b', 'ab')
    const lines = dictionary(names, stringMatching(/^[a-z0-9]{0,4}$/))
    check(
      property(lines, names, stringMatching(/^[a-z0-9]{1,4}$/), (settings, name, value) => {
        const text = Object.entries(settings)
          .map(([key, one]) => `${key}=${one}\n`)
          .join('')
        const was = settings[name] ?? null
        assert.equal(withSetting(withSetting(text, name, value), name, was), text)
      }),
    )
  })
})

describe('what a broker says of a setting', () => {
  const int16 = (value: number) => {
    const buffer = Buffer.alloc(2)
    buffer.writeInt16BE(value)
    return buffer
  }
  const int32 = (value: number) => {
    const buffer = Buffer.alloc(4)
    buffer.writeInt32BE(value)
    return buffer
  }
  const text = (value: string | null) =>
    value === null ? int16(-1) : Buffer.concat([int16(value.length), Buffer.from(value)])
  const DEFAULT = 5
  const entry = (name: string, value: string | null, synonyms = 0, source = DEFAULT) =>
    Buffer.concat([
      text(name),
      text(value),
      Buffer.from([0, source, 0]),
      int32(synonyms),
      ...Array.from({ length: synonyms }, () => Buffer.concat([text(name), text('x'), Buffer.from([5])])),
      Buffer.from([3]),
      text(null),
    ])
  const reply = (error: number, ...entries: readonly Buffer[]) =>
    Buffer.concat([
      int32(1),
      int32(0),
      int32(1),
      int16(error),
      text(error === 0 ? null : 'refused'),
      Buffer.from([4]),
      text('2'),
      int32(entries.length),
      ...entries,
    ])

  it('is the value of that name, whatever stands beside it', () => {
    const found = reply(0, entry('a', '1', 2), entry('num.io.threads', '4'), entry('b', null))
    assert.deepEqual(readSetting(found, 'num.io.threads'), { value: '4', isOwn: false })
    assert.deepEqual(readSetting(found, 'b'), { value: null, isOwn: false })
  })

  it('is nothing where it has none, or refuses', () => {
    assert.equal(readSetting(reply(0), 'a'), null)
    assert.equal(readSetting(reply(31), 'a'), null)
  })

  it('is asked of the broker itself', () => {
    const request = describeSettingRequest({ broker: 2 }, 'num.io.threads', 7)
    assert.equal(request.readInt32BE(0), request.length - 4)
    assert.equal(request.readInt16BE(4), 32)
    assert.ok(request.includes('num.io.threads'))
  })

  it('is the topic’s own only where it stands on the topic', () => {
    const ON_TOPIC = 1
    const found = reply(0, entry('retention.ms', '1000', 1, ON_TOPIC), entry('segment.ms', '5000', 1))
    assert.deepEqual(readSetting(found, 'retention.ms'), { value: '1000', isOwn: true })
    assert.deepEqual(readSetting(found, 'segment.ms'), { value: '5000', isOwn: false })
    assert.ok(describeSettingRequest({ topic: 'telemetry' }, 'retention.ms', 1).includes('telemetry'))
  })

  it('is changed alone, taken off the topic by null, and a refusal says why', () => {
    const set = alterTopicRequest('telemetry', 'retention.ms', '1000', 7)
    assert.equal(set.readInt16BE(4), 44)
    assert.deepEqual(set.subarray(-8), Buffer.concat([Buffer.from([0]), text('1000'), Buffer.from([0])]))
    const off = alterTopicRequest('telemetry', 'retention.ms', null, 7)
    assert.deepEqual(off.subarray(-4), Buffer.from([1, 0xff, 0xff, 0]))
    const answer = (error: number, words: string | null) =>
      Buffer.concat([
        int32(7),
        int32(0),
        int32(1),
        int16(error),
        text(words),
        Buffer.from([2]),
        text('telemetry'),
      ])
    assert.equal(readAltered(answer(0, null)), null)
    assert.equal(readAltered(answer(40, 'no such setting')), 'no such setting')
    assert.equal(readAltered(answer(40, null)), 'error 40')
  })
})
