import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'mocha'
import type { Drill, FaultEntry } from '../../chaos/core/drill.ts'
import { FAULTS } from '../../chaos/faults/index.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { experimentJson } from '../../lib/experiments/experiment-json.ts'
import { experimentOfDrill } from '../../lib/experiments/experiment-of-drill.ts'
import { EXPRESSIONS, REASONS } from '../../lib/experiments/expressible.ts'
import { drills } from './drills.ts'
import { changed, type EnvironmentName, resourcesOf, shipped, templateOf } from './synthesized.ts'

const inventory = (name: EnvironmentName) => ({
  config: shipped(name).config,
  targets: shipped(name).chaosTargets,
})
const rendered = (drill: Drill, name: EnvironmentName = 'kafka') => experimentOfDrill(drill, inventory(name))

async function zoneCut(change: Readonly<Record<string, unknown>>): Promise<Drill> {
  const [drill] = await drills('zone-cut')
  assert.ok(drill)
  const timeline = drill.timeline.map(entry =>
    entry.role === 'fault' ? { ...entry, spec: { ...entry.spec, ...change } } : entry,
  )
  return { ...drill, timeline }
}

const reasons = (drill: Drill, name?: EnvironmentName) =>
  rendered(drill, name)
    .cannot.filter(({ step }) => !step.startsWith('replay'))
    .map(({ why }) => why)

describe('a drill as an experiment of FIS', function () {
  this.timeout(120_000)

  it('has for each fault an action or a reason of its own, or is inside a program', () => {
    const stated = [...Object.keys(EXPRESSIONS), ...Object.keys(REASONS)]
    assert.deepEqual(
      stated.filter(kind => !FAULTS.has(kind)),
      [],
    )
    const others = [...FAULTS.keys()].filter(kind => !stated.includes(kind))
    for (const kind of others)
      assert.match(kind, /^(connect|processor|sink|bad-firmware|config|schema|gateway|wrong)/)
  })

  it('says of each step of every shipped drill what becomes of it', async () => {
    const names = readdirSync(packageFile('drills')).map(file => file.replace('.yaml', ''))
    for (const drill of await drills(...names))
      for (const name of ['kafka', 'kafka-tiered', 'automq'] as const) {
        const { actions, cannot } = rendered(drill, name)
        for (const { id } of drill.timeline)
          assert.ok(
            cannot.some(({ step }) => step === id) || actions.some(action => action.name.startsWith(id)),
            `${drill.drill} on ${name}: ${id}`,
          )
        const wrong = actions.flatMap(action => [...action.problems, ...(action.target?.problems ?? [])])
        assert.deepEqual(wrong, [], `${drill.drill} on ${name}`)
      }
  })

  it('cuts a zone by the subnets of brokers and clients in it, found by tags', async () => {
    const { actions, takesAway, cannot } = rendered(await zoneCut({}))
    assert.deepEqual(
      actions.map(action => [action.render(), action.target?.render()]),
      [
        [
          {
            actionId: 'aws:network:disrupt-connectivity',
            parameters: { scope: 'availability-zone', duration: 'PT1M' },
            targets: { Subnets: 'subnets-az-c' },
          },
          {
            resourceType: 'aws:ec2:subnet',
            selectionMode: 'ALL',
            resourceTags: { 'chaos-ready': 'true', environment: 'kafka', zone: 'az-c' },
          },
        ],
      ],
    )
    assert.deepEqual(takesAway, ['az-c'])
    assert.deepEqual(cannot, [{ step: 'replay-2', why: 'it is no fault: the runner does it' }])
    // The tags are on those subnets and on no others.
    const tagged = Object.values(resourcesOf(shipped('kafka').network, 'AWS::EC2::Subnet')).filter(
      ({ Properties }) => {
        const tags = Properties.Tags as { Key: string; Value: string }[]
        return ['chaos-ready=true', 'environment=kafka', 'zone=az-c'].every(tag =>
          tags.some(({ Key, Value }) => `${Key}=${Value}` === tag),
        )
      },
    )
    assert.equal(tagged.length, 2)
  })

  for (const [what, change, expected] of [
    ['one way', { direction: 'in' }, /denies both ways/],
    ['some ports', { traffic: 'clients' }, /does not cut by port/],
    ['a refusal', { mode: 'refuse' }, /lets packets vanish/],
    ['a zone that is drawn', { zone: 'random' }, /name a zone or a node/],
  ] as const)
    it(`does not cut ${what}`, async () => {
      const [why = ''] = reasons(await zoneCut(change))
      assert.match(why, expected)
    })

  it('does not cut a zone from its object store too, and does when that is kept', async () => {
    assert.match(String(reasons(await zoneCut({}), 'automq')), /not from both at once/)
    assert.deepEqual(reasons(await zoneCut({ objectStore: 'keep' }), 'automq'), [])
  })

  it('stops the machine of a broker in a slot, and none of a group', async () => {
    const [drill] = await drills('broker-stop')
    assert.ok(drill)
    const [stop] = rendered(drill).actions
    assert.deepEqual(stop?.target?.tags, { 'chaos-ready': 'true', environment: 'kafka', Name: 'kafka-2' })
    assert.match(String(reasons(drill, 'automq')), /would replace a stopped one/)
  })

  it('lets no fault begin before one is over that was over in the drill', async () => {
    const [cut] = (await zoneCut({})).timeline
    assert.ok(cut?.role === 'fault')
    const entry = (id: string, atMs: number, forMs: number, zone: string): FaultEntry => ({
      ...cut,
      id,
      atMs,
      forMs,
      spec: { ...cut.spec, zone },
    })
    const drill = {
      ...(await zoneCut({})),
      timeline: [entry('a', 0, 70_000, 'az-a'), entry('b', 70_000, 20_000, 'az-b')],
    }
    const after = (second: FaultEntry) => {
      const { actions } = rendered({ ...drill, timeline: [drill.timeline[0] as FaultEntry, second] })
      return actions.find(({ name }) => name === 'b')?.after.map(({ name }) => name)
    }
    assert.deepEqual(after(entry('b', 70_000, 20_000, 'az-b')), ['before-b', 'a'])
    // It began in the middle of the other: so it does here.
    assert.deepEqual(after(entry('b', 60_000, 20_000, 'az-b')), ['before-b'])
  })

  it('is the same in the stack as in what is printed', async () => {
    const [drill] = await drills('zone-cut')
    assert.ok(drill)
    const { chaos, config } = changed('kafka', {}, { drills: [drill] })
    const [template] = Object.values(resourcesOf(chaos, 'AWS::FIS::ExperimentTemplate'))
    const printed = experimentJson(rendered(drill), { config, account: '123456789012' }) as Record<
      string,
      unknown
    >
    for (const [key, ours] of [
      ['Actions', printed.actions],
      ['Targets', printed.targets],
      ['ExperimentOptions', printed.experimentOptions],
      ['Description', printed.description],
    ] as const)
      assert.deepEqual(lowered(template?.Properties[key]), ours, key)
    const alarms = Object.values(resourcesOf(chaos, 'AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties.AlarmName,
    )
    const named = (printed.stopConditions as { value: string }[]).map(({ value }) => value.split(':').at(-1))
    assert.deepEqual(named, ['aftershock-kafka-experiments-az-a', 'aftershock-kafka-experiments-az-b'])
    assert.deepEqual(alarms, [...named, 'aftershock-kafka-experiments-az-c'])
    const { StopConditions = [] } = (template?.Properties ?? {}) as { StopConditions?: unknown[] }
    assert.equal(StopConditions.length, 2)
  })

  it('stops by one alarm a zone, of metric math, in which silence is the worst', async () => {
    const { chaos } = changed('kafka', {}, { drills: await drills('broker-stop') })
    templateOf(chaos).resourceCountIs('AWS::CloudWatch::CompositeAlarm', 0)
    const [alarm] = Object.values(resourcesOf(chaos, 'AWS::CloudWatch::Alarm'))
    const { Metrics, ...rest } = alarm?.Properties ?? {}
    const [math, ...read] = Metrics as {
      Expression?: string
      MetricStat?: { Metric: { MetricName: string } }
    }[]
    assert.equal(
      math?.Expression,
      'IF(FILL(acked0, 0) < 1 OR FILL(dropped0, 0) > 0 OR FILL(used0, 0) >= 85 OR FILL(used1, 0) >= 85, 1, 0)',
    )
    assert.deepEqual(
      read.map(({ MetricStat }) => MetricStat?.Metric.MetricName),
      ['AckedRecords', 'EdgeDroppedRecords', 'DataVolumeUsed', 'DataVolumeUsed'],
    )
    assert.deepEqual(
      [rest.EvaluationPeriods, rest.DatapointsToAlarm, rest.TreatMissingData],
      [3, 2, 'breaching'],
    )
  })

  it('refuses more signals than such an alarm reads', async () => {
    const { fleet } = shipped('kafka').config
    const made = await drills('broker-stop')
    const shards = (shardsPerZone: number) => () =>
      changed('kafka', { fleet: { ...fleet, shardsPerZone } }, { drills: made })
    assert.throws(shards(5), /az-a has 12 signals that stop an experiment, and one alarm reads at most 10/)
    assert.doesNotThrow(shards(4))
  })

  it('refuses a drill of which FIS can do nothing, and says why', async () => {
    const made = await drills('broker-hang')
    assert.throws(
      () => changed('kafka', {}, { drills: made }),
      /drills=broker-hang: FIS can do nothing of it. broker-hang-1: FIS has no SIGSTOP/,
    )
  })
})

/** CloudFormation begins its own keys with a capital, and the API does not; keys of ours are left. */
function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      /^(ActionId|Parameters|Targets|StartAfter|ResourceType|SelectionMode|ResourceTags|Filters|Path|Values|AccountTargeting|EmptyTargetResolutionMode)$/.test(
        key,
      )
        ? key[0]?.toLowerCase() + key.slice(1)
        : key,
      ['Parameters', 'ResourceTags'].includes(key) || key === 'targets' ? inner : lowered(inner),
    ]),
  )
}
