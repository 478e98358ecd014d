import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { packageFile } from '../../../chaos/package-root.ts'

describe('the stateful processor of a drill', () => {
  let dir = ''
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'aftershock-processor-drill-'))
  })
  after(() => rmSync(dir, { recursive: true }))

  const load = (lines: string, gate = 'acked-loss') => {
    const path = join(dir, 'twin.yaml')
    const text = `drill: twin
title: A drill with a processor
contract: ${packageFile('contracts', 'fleet.yaml')}
fleet: { devices: 10 }
${lines}
steadyState:
  - { probe: nodes-answering, equals: 3 }
timeline:
  - { at: 5s, fault: zone-cut, zone: az-b, for: 5s }
gates:
  - { gate: ${gate}, atMost: 0 }
`
    writeFileSync(path, text)
    return loadDrill(path)
  }

  it('is two instances that commit all of it together, unless it says otherwise', async () => {
    const { drill } = await load('processor: {}')
    assert.deepEqual(drill.processor, {
      zones: ['az-a', 'az-b'],
      topic: 'telemetry',
      guarantee: 'exactly_once_v2',
      standbys: 1,
      every: 10,
    })
  })

  it('has zones and a topic that fit', async () => {
    await assert.rejects(load('processor: { zones: [az-a, az-a] }'), /'az-a' has an instance already/)
    await assert.rejects(load('processor: { topic: telemetri }'), /no topic 'telemetri'; did you mean/)
    await assert.rejects(load('processor: { guarantee: exactly_once }'), /guarantee/)
  })

  it('is needed by a gate that is about it', async () => {
    await assert.rejects(load('', 'commands-repeated'), /no stateful processor that commands-repeated/)
    await load('processor: {}', 'commands-repeated')
  })

  it('has a writer where a gate is about one, and no other database beside it', async () => {
    await assert.rejects(load('processor: {}', 'writer-late-records'), /no writer that writer-late-records/)
    await load('processor: { writer: {} }', 'writer-late-records')
    await assert.rejects(
      load('processor: { writer: {} }\nconnectors: { sinks: [{ name: rows }] }'),
      /there is one database/,
    )
  })
})
