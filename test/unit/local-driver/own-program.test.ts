import assert from 'node:assert/strict'
import { lookup } from 'node:dns/promises'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import dns from 'node:dns'
import { pathToFileURL } from 'node:url'
import { processorSchema } from '../../../chaos/core/processor.ts'
import { type LabLayout, labLayout, withProcessor } from '../../../chaos/drivers/local/lab/lab-layout.ts'
import { makeLabLogins, readLabLogins } from '../../../chaos/drivers/local/lab/lab-logins.ts'
import { instanceDir, stateDir } from '../../../chaos/drivers/local/processor/instance-node.ts'
import {
  ownCommand,
  type OwnInstance,
  ownVariables,
  writeOwnFiles,
} from '../../../chaos/drivers/local/processor/own-program.ts'

const command = ['./our processor', '--config', 'lab.yaml']
const own: OwnInstance = {
  id: 31,
  zone: 'az-a',
  command,
  spec: processorSchema.parse({ command, guarantee: 'at_least_once' }),
}

describe('a program of the drill’s own as a processor', () => {
  let dir = ''
  let layout: LabLayout
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'aftershock own-'))
    layout = withProcessor(labLayout(0, dir, 'kafka', true), { zones: ['az-a', 'az-b'] })
    makeLabLogins(dir)
    mkdirSync(instanceDir(layout, 31), { recursive: true })
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  it('is started as it stands in the drill, where the drill is started from', () => {
    const started = ownCommand(layout, own, {})
    assert.deepEqual([started.program, started.args], ['./our processor', ['--config', 'lab.yaml']])
    assert.equal(started.cwd, process.cwd())
    assert.equal(started.wholeGroup, true)
  })

  it('is told where brokers are, whose records it keeps and what it is to write', () => {
    const told = ownVariables(layout, own)
    assert.equal(told['PROCESSOR_BOOTSTRAP']?.split(',').length, 3)
    assert.deepEqual(
      ['TOPIC', 'COMMANDS', 'EVERY', 'GROUP', 'CLIENT_ID', 'GUARANTEE', 'COMMIT_MS', 'STATE_DIR'].map(
        name => told[`PROCESSOR_${name}`],
      ),
      [
        'telemetry',
        'device-twin-commands',
        '10',
        'device-twin',
        'device-twin-az-a',
        'at_least_once',
        '5000',
        stateDir(layout, 31),
      ],
    )
  })

  it('has its password in a file for its owner’s eyes, and nowhere else', () => {
    writeOwnFiles(layout, own)
    const { processor } = readLabLogins(dir)
    const file = ownVariables(layout, own)['PROCESSOR_PASSWORD_FILE'] ?? ''
    assert.equal(readFileSync(file, 'utf8'), processor)
    assert.equal(statSync(file).mode & 0o077, 0)
    const everything = JSON.stringify(ownCommand(layout, own, {}))
    assert.ok(!everything.includes(processor))
    assert.ok(!readFileSync(join(instanceDir(layout, 31), 'program.properties'), 'utf8').includes(processor))
  })

  it('keeps what the environment tells JVMs and Node.js already, and adds what names mean in its zone', () => {
    const { env = {} } = ownCommand(layout, own, { NODE_OPTIONS: '--max-old-space-size=64' })
    assert.match(env['NODE_OPTIONS'] ?? '', /^--max-old-space-size=64 --import=file:\/\/\S+hosts\.mjs$/)
    assert.match(env['JAVA_TOOL_OPTIONS'] ?? '', /-Djdk\.net\.hosts\.file=/)
  })

  it('finds brokers by their names in Node.js, over the links of its zone, and other names as before', async () => {
    writeOwnFiles(layout, own)
    const before = dns.lookup
    try {
      await import(pathToFileURL(join(instanceDir(layout, 31), 'hosts.mjs')).href)
      const [node] = layout.topology.nodes
      const found = await new Promise((resolve, reject) => {
        dns.lookup(node?.host ?? '', (error, address) => (error ? reject(error) : resolve(address)))
      })
      const { host } = layout.addressOf({ from: 'az-a', to: 1, listener: 'processor' })
      assert.equal(found, host)
      const all = await new Promise((resolve, reject) => {
        dns.lookup(node?.host ?? '', { all: true }, (error, list) => (error ? reject(error) : resolve(list)))
      })
      assert.deepEqual(all, [{ address: host, family: 4 }])
      assert.equal((await lookup('127.0.0.1')).address, '127.0.0.1')
    } finally {
      dns.lookup = before
    }
  })
})
