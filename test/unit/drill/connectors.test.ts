import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { packageFile } from '../../../chaos/package-root.ts'

describe('the connectors of a drill', () => {
  let dir = ''
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'aftershock-connectors-'))
  })
  after(() => rmSync(dir, { recursive: true }))

  const load = (lines: string, gates = '  - { gate: acked-loss, atMost: 0 }') => {
    const path = join(dir, 'sinks.yaml')
    const text = `drill: sinks
title: A drill with sinks
contract: ${packageFile('contracts', 'fleet.yaml')}
fleet: { devices: 10 }
${lines}
steadyState:
  - { probe: nodes-answering, equals: 3 }
timeline:
  - { at: 5s, fault: zone-cut, zone: az-b, for: 5s }
gates:
${gates}
`
    writeFileSync(path, text)
    return loadDrill(path)
  }
  const refused = async (lines: string, message: RegExp, gates?: string) =>
    assert.rejects(load(lines, gates), { message })

  it('are two workers, and sinks that write onto their own rows, unless it says otherwise', async () => {
    const { drill } = await load('connectors: { sinks: [{ name: rows }] }')
    assert.deepEqual(drill.connectors, {
      zones: ['az-a', 'az-b'],
      sinks: [
        { name: 'rows', topics: ['integration'], mode: 'upsert', tasks: 2, retries: 5, deadLetters: false },
      ],
      sources: [],
      exactlyOnce: true,
    })
    const { drill: other } = await load(
      'connectors: { sinks: [{ name: rows }], sources: [{ name: outbox }], exactlyOnce: false }',
    )
    assert.deepEqual(
      [other.connectors?.sources, other.connectors?.exactlyOnce],
      [[{ name: 'outbox', reads: 'log', rowsPerSecond: 50 }], false],
    )
  })

  it('have zones, names and topics that fit', async () => {
    await refused(
      'connectors: { zones: [az-a, az-a], sinks: [{ name: rows }] }',
      /'az-a' has a worker already/,
    )
    await refused(
      'connectors: { sinks: [{ name: rows }, { name: rows }] }',
      /another connector is called 'rows'/,
    )
    await refused(
      'connectors: { sinks: [{ name: rows }], sources: [{ name: rows }] }',
      /connectors.sources\[0\].name: another connector is called 'rows'/,
    )
    await refused(
      'connectors: { sinks: [{ name: rows, topics: [integrations] }] }',
      /no topic 'integrations'/,
    )
    await refused('connectors: { sinks: [] }', /sinks/)
  })

  it('are one kind in a drill: a file or a database', async () => {
    await refused('connector: {}\nconnectors: { sinks: [{ name: rows }] }', /either `connector`/)
  })

  it('are what gates about sinks need', async () => {
    await refused('', /no sinks that sink-missing-records/, '  - { gate: sink-missing-records, atMost: 0 }')
    const missing = '  - { gate: source-missing-rows, atMost: 0 }'
    await refused('', /no sources that source-missing-rows/, missing)
    await refused('connectors: { sinks: [{ name: rows }] }', /no sources that source-missing-rows/, missing)
    await load('connectors: { sinks: [{ name: rows }], sources: [{ name: outbox }] }', missing)
  })
})
