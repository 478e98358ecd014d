import { deepEqual, equal, notEqual } from 'node:assert/strict'
import * as fc from 'fast-check'
import { OffsetMap } from '../../../chaos/audit/offset-map.ts'
import { SliceTable } from '../../../chaos/audit/slice-table.ts'
import { ValueTable } from '../../../chaos/audit/value-table.ts'

const value = fc.oneof(
  fc.tuple(fc.string(), fc.nat(3), fc.maxSafeNat()).map(([device, epoch, s]) => `${device}/${epoch}/${s}`),
  fc.string(),
  fc.maxSafeNat(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)

describe('the table of values', () => {
  it('gives every value a handle of its own, and the value back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(value, { selector: of => (Object.is(of, -0) ? 0 : of) }), values => {
        const table = new ValueTable()
        const handles = values.map(of => table.intern(0, of))
        equal(new Set(handles).size, values.length)
        for (const [i, of] of values.entries()) {
          equal(table.intern(0, of), handles[i])
          equal(Object.is(of, -0) ? 0 : of, table.valueOf(handles[i] as number))
        }
      }),
    )
  })

  it('keeps topics apart', () => {
    const table = new ValueTable()
    notEqual(table.intern(0, 'd1/1/0'), table.intern(1, 'd1/1/0'))
    notEqual(table.intern(0, 'x'), table.intern(1, 'x'))
  })

  it('takes a number and its text for different values', () => {
    const table = new ValueTable()
    notEqual(table.intern(0, 5), table.intern(0, '5'))
    notEqual(table.intern(0, 'd1/1/5'), table.intern(0, 'd1/1/05'))
  })

  it('costs two bytes a record of a device, not a copy of its text', () => {
    const table = new ValueTable()
    const records = 1_000_000
    for (let i = 0; i < records; i++) table.mark(table.intern(0, `d${i % 100}/1/${Math.floor(i / 100)}`), 1)
    const bytesPerRecord = table.sizeBytes / records
    equal(Math.round(bytesPerRecord), 2)
  })
})

describe('the map of offsets', () => {
  it('counts what is known between two offsets, wherever it is', () => {
    const offset = fc.oneof(fc.nat(300), fc.maxSafeNat())
    fc.assert(
      fc.property(fc.uniqueArray(offset), offset, offset, (known, a, b) => {
        const map = new OffsetMap()
        for (const at of known) map.claim(0, at, 1)
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const within = known.filter(at => at > from && at < to)
        const found = map.between(0, from, to, 1000)
        equal(found.count, within.length)
        deepEqual(
          found.first.map(([at]) => at),
          within.toSorted((x, y) => x - y),
        )
      }),
    )
  })

  it('lets what was seen stand before what was claimed, and keeps both', () => {
    const map = new OffsetMap()
    map.claim(0, 7, 1)
    map.see(0, 7, 2, 99)
    map.claim(0, 7, 1)
    const visited: unknown[] = []
    map.scan(0, (...visit) => visited.push(visit))
    deepEqual(visited, [
      [7, 2, true],
      [7, 1, false],
    ])
    deepEqual([...map.conflicts(0)], [[7, [1]]])
    deepEqual(map.maxSeen(0), { offset: 7, place: 99 })
  })

  it('costs little more than four bytes a record', () => {
    const map = new OffsetMap()
    const records = 1_000_000
    for (let i = 0; i < records; i++) map.see(0, i, i, 1)
    equal(Math.round((10 * map.sizeBytes) / records), 42)
  })
})

describe('the table of slices', () => {
  it('finds what was added and nothing else', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { maxLength: 60 }), fc.string(), (texts, other) => {
        const table = new SliceTable()
        for (const text of texts) table.add(1, Buffer.from(text), 0, Buffer.byteLength(text))
        const find = (space: number, text: string) =>
          table.find(space, Buffer.from(text), 0, Buffer.byteLength(text))
        deepEqual(
          texts.map(text => find(1, text)),
          texts.map((_, i) => i),
        )
        equal(find(1, other), texts.indexOf(other))
        equal(find(2, other), -1)
      }),
    )
  })

  it('stays right when it grows', () => {
    const table = new SliceTable()
    const bytes = (i: number) => Buffer.from(`d${i}/1`)
    for (let i = 0; i < 5000; i++) table.add(0, bytes(i), 0, bytes(i).length)
    for (let i = 0; i < 5000; i++) equal(table.find(0, bytes(i), 0, bytes(i).length), i)
  })
})
