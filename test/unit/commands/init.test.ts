import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { register } from '../../../chaos/commands/init.ts'
import { checkContractText } from '../../../chaos/drill/draft-drill.ts'
import { loadContract } from '../../../chaos/drill/load-contract.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { shippedDrills } from '../../../chaos/drill/shipped-drills.ts'
import { contractText, fleetTopics, observedDraft } from '../../../chaos/governance/draft-contract.ts'
import type { ObservedTopic } from '../../../chaos/governance/observed-topic.ts'
import { checkTerms } from '../../../chaos/governance/terms-check.ts'
import { commandLine } from './command-line.ts'

const partition = (number: number) => ({
  partition: number,
  replicas: 3,
  inSync: 3,
  logStart: 0,
  logEnd: 0,
  windowStart: null,
  oldestAgeMs: null,
  sizeBytes: null,
  arrived: 0,
})
const topic = (settings: Record<string, string>, more: Partial<ObservedTopic> = {}): ObservedTopic => ({
  partitions: [partition(0), partition(1)],
  settings: Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, { value, source: 'topic' as const }]),
  ),
  acls: null,
  ...more,
})

describe('init', () => {
  let cwd = ''
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'aftershock-init-'))
  })
  afterEach(() => rmSync(cwd, { recursive: true, force: true }))

  it('writes a drill and a contract that load, and says how to go on', async () => {
    const { code, out, err } = await commandLine(['init', 'mine'], { cwd })
    assert.equal(code, 0, err)
    assert.deepEqual(out.split('\n').length, 4, out)
    assert.match(out, /mine\/contract\.yaml +four topics, 16 blanks marked TODO/)
    assert.match(out, /Next: aftershock run \.\/mine\/mine\.yaml --plan/)
    const { drill } = await loadDrill('./mine/mine.yaml', cwd)
    assert.equal(drill.drill, 'mine')
    const contract = await loadContract(join(cwd, 'mine', 'contract.yaml'))
    const open = checkTerms(contract).filter(({ check, verdict }) => check === 'owner' && verdict === 'fail')
    assert.equal(open.length, 4)
    const plan = await commandLine(['run', './mine/mine.yaml', '--plan'], { cwd })
    assert.equal(plan.code, 0, plan.err)
  })

  it('writes over nothing', async () => {
    await commandLine(['init'], { cwd })
    const before = readFileSync(join(cwd, 'mine.yaml'), 'utf8')
    const { code, err } = await commandLine(['init', '--drill', 'zone-cut'], { cwd })
    assert.equal(code, 75)
    assert.match(err, /contract\.yaml is there already\nName another folder/)
    assert.equal(readFileSync(join(cwd, 'mine.yaml'), 'utf8'), before)
  })

  it('writes nothing at all when the drill that it is to begin as is unknown', async () => {
    const { code, err } = await commandLine(['init', '--drill', 'broker-kil'], { cwd })
    assert.equal(code, 65)
    assert.match(err, /broker-kill/)
    assert.ok(!existsSync(join(cwd, 'contract.yaml')))
  })

  it('takes the answers to its questions', async () => {
    const answers = ['first-outage', 'zone-cut', '50', 'fleet-team', 'TODO', 'the lead']
    const questions: string[] = []
    const program = new Command('aftershock')
    const io = { stdout: { write: () => {} }, stderr: { write: () => {} }, env: {}, cwd, isTerminal: true }
    register(program, io, async question => {
      questions.push(question)
      return answers[questions.length - 1] ?? ''
    })
    await program.parseAsync(['init'], { from: 'user' })
    assert.equal(questions.length, 6)
    const { drill } = await loadDrill('./first-outage.yaml', cwd)
    assert.deepEqual([drill.drill, drill.fleet.devices], ['first-outage', 50])
    const { topics } = await loadContract(join(cwd, 'contract.yaml'))
    assert.deepEqual(
      Object.values(topics).map(({ owner, incidentContact, replayApprovers }) => [
        owner,
        incidentContact,
        ...replayApprovers,
      ]),
      Array.from({ length: 4 }, () => ['fleet-team', 'TODO', 'the lead']),
    )
  })

  it('can begin as every shipped drill that names a contract', async function () {
    this.timeout(20_000)
    for (const from of await shippedDrills()) {
      const { code, err } = await commandLine(['init', from, '--drill', from], { cwd })
      assert.equal(code, 0, `${from}: ${err}`)
    }
  })
})

describe('a contract from a cluster', () => {
  const drafts = [
    observedDraft(
      'vehicle.positions',
      topic({ 'cleanup.policy': 'delete', 'retention.ms': '3600000', 'min.insync.replicas': '2' }),
    ),
    observedDraft(
      'vehicle.shadow',
      topic({ 'cleanup.policy': 'compact', 'retention.ms': '604800000', 'min.compaction.lag.ms': '7200000' }),
    ),
    observedDraft(
      'audit-log',
      topic({ 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '1000000' }),
    ),
    observedDraft('untold', topic({}, { acls: 'unreadable' })),
    observedDraft(
      'ruled',
      topic(
        { 'cleanup.policy': 'compact,delete', 'retention.ms': '1000' },
        { acls: [{ principal: 'User:dash', operation: 'read', allowed: true }] },
      ),
    ),
  ]
  const text = contractText('mine', drafts, ['head'])

  it('is one, whatever the settings are', () => {
    checkContractText(text, 'topics.yaml', false)
    checkContractText(contractText('mine', fleetTopics(drafts), []), 'contract.yaml', true)
  })

  it('promises no longer window than a topic can keep, and says what it does not know', () => {
    const of = (name: string) => text.slice(text.indexOf(`  ${name}:`)).split('\n\n')[0] ?? ''
    assert.match(of('vehicle.positions'), /replayWindow: 1h .*\n.*\n    retention: 1h\n/)
    assert.match(of('vehicle.shadow'), /dataClass: device-state # a guess/)
    assert.match(of('vehicle.shadow'), /replayWindow: 2h /)
    assert.match(of('vehicle.shadow'), /compactionLag: 2h/)
    assert.match(of('audit-log'), /retention: 36500d # the cluster sets no limit/)
    assert.match(
      text,
      /# the brokers did not tell its settings: .*\n  # this login may not see who may read it\n  untold:/,
    )
    assert.match(text, /# may be read by User:dash\n  ruled:/)
  })

  it('takes for each class the topic that looks like it, and one to begin with where none does', () => {
    assert.deepEqual(
      fleetTopics(drafts).map(({ dataClass, name }) => [dataClass, name]),
      [
        ['telemetry', 'vehicle.positions'],
        ['device-state', 'vehicle.shadow'],
        ['operations', 'audit-log'],
        ['integration', 'integration'],
      ],
    )
  })
})
