import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { parsedContract, topicSettings } from '../../chaos/platforms/topics.ts'
import { fleetSchema } from '../../chaos/core/drill.ts'
import { replicates } from '../../chaos/platforms/index.ts'
import { keptTopics } from '../../chaos/fleet/kept-topics.ts'
import type { EnvironmentConfig } from '../../lib/environment-schema.ts'
import { loadEnvironment } from '../../lib/environment.ts'
import { fleetLoad } from '../../lib/fleet-load.ts'
import { brokerVolume, MAX_FILL } from '../../lib/sizing.ts'
import { DEVICE_LOAD, loadedTopics, shippedContract, topicTerms } from '../../lib/topic-load.ts'
import { settingsOf } from '../local/shard-process.ts'
import { mostOnDisk, storedRates } from './stored-load.ts'
import { changed, ENVIRONMENTS, resourcesOf, shipped, type Synthesized } from './synthesized.ts'

const DISKS = ['kafka', 'kafka-tiered', 'lab'] as const
const contract = parsedContract(shippedContract())
/** Of `aftershock fleet`, without a drill. */
const spec = fleetSchema.parse({ devices: 1 })

describe('the volume of a broker', function () {
  this.timeout(60_000)

  it('is never fuller than 70% with all that the topics keep on it which the fleet makes', () => {
    for (const name of DISKS) assert.deepEqual(tooFull(shipped(name), MAX_FILL), [])
  })

  it('is that neither with ten and fifty times the load, on machines that can carry it', () => {
    for (const name of ['kafka', 'kafka-tiered'] as const) {
      const { workload, brokers } = loadEnvironment(name)
      const sizes = ([1, 10, 50] as const).map(load => {
        const made = changed(name, {
          workload: { ...workload, load },
          brokers: { ...brokers, instanceType: 'm7g.2xlarge' },
        })
        assert.deepEqual(tooFull(made, MAX_FILL), [])
        return volumes(made)[0] ?? 0
      })
      const [one = 0, ten = 0, fifty = 0] = sizes
      assert.ok(one < ten && ten < fifty, `${name}: ${sizes.map(size => size / 1024 ** 3).join(', ')} GiB`)
    }
  })

  it('is that neither with another fleet, retention or number of brokers, because it follows them', () => {
    const { fleet, workload, brokers } = loadEnvironment('kafka-tiered')
    const [before = 0] = volumes(shipped('kafka-tiered'))
    for (const change of [
      { fleet: { ...fleet, devicesPerShard: fleet.devicesPerShard * 2 } },
      { fleet: { ...fleet, shardsPerZone: 5 } },
      { workload: { ...workload, retentionHours: 30 * 24 } },
      { workload: { ...workload, localRetentionHours: 24 } },
    ] satisfies Partial<EnvironmentConfig>[]) {
      const made = changed('kafka-tiered', change)
      assert.deepEqual(tooFull(made, MAX_FILL), [])
      assert.ok((volumes(made)[0] ?? 0) > before, JSON.stringify(change))
    }
    const nine = changed('kafka', { brokers: { ...brokers, perZone: 3 } })
    assert.deepEqual(tooFull(nine, MAX_FILL), [])
    assert.ok((volumes(nine)[0] ?? 0) < (volumes(shipped('kafka'))[0] ?? 0))
  })

  it('follows the contract, up to what the environment keeps', () => {
    const config = loadEnvironment('kafka')
    const sizeWith = (retention: string) => {
      const { contract: name, topics } = shippedContract() as {
        contract: string
        topics: typeof contract.topics
      }
      const changedTopics = { ...topics, telemetry: { ...topics.telemetry, retention } }
      return (
        brokerVolume(config, loadedTopics(config, { contract: name, topics: changedTopics }))?.sizeGiB ?? 0
      )
    }
    assert.ok(sizeWith('12h') < sizeWith('24h'))
    assert.equal(sizeWith('30d'), sizeWith('24h'))
  })

  it('has room for two hours of what a tier cannot take while its store is away', () => {
    const made = shipped('kafka-tiered')
    assert.deepEqual(tooFull(made, 1, 2 * 3600), [])
  })

  it('is found too small when it is: as large as it was sized from a load and a retention beside the fleet', () => {
    // 20 GiB for two hours in Kafka's own segments of 1 GiB, and whatever retention the contract says.
    const rule = { volumeBytes: 20 * 1024 ** 3, env: { LOCAL_RETENTION: '2h' } }
    assert.match(
      tooFull({ ...shipped('kafka-tiered'), ...rule }, 1)[0] ?? '',
      /^kafka-tiered: \d+ GB on 21 GB/,
    )
  })

  it('is none where brokers keep nothing', () => {
    assert.equal(brokerVolume(loadEnvironment('automq')), null)
  })
})

describe('the load that volumes are sized for', () => {
  it('is what the fleet of each environment sends, by its own code', () => {
    for (const name of ENVIRONMENTS) {
      const config = loadEnvironment(name)
      const stated = loadedTopics(config)
      for (const { topic, bytesPerSecond } of ratesOf(config)) {
        const load = stated.find(({ settings }) => settings.topic === topic)?.bytesPerSecond ?? 0
        assert.ok(load >= bytesPerSecond && load < bytesPerSecond * 1.02, `${name}, ${topic}`)
      }
    }
    for (const [dataClass, load] of Object.entries(DEVICE_LOAD)) {
      const [topic] = Object.entries(contract.topics).find(([, terms]) => terms.dataClass === dataClass) ?? []
      const rate = storedRates(spec, contract, { devices: 1, gateways: 1 }).find(of => of.topic === topic)
      assert.ok(Math.abs((rate?.recordsPerSecond ?? 0) - load.recordsPerSecond) < 1e-9, dataClass)
      assert.ok(Math.abs((rate?.bytesPerRecord ?? 0) - load.bytesPerRecord) < 1, dataClass)
    }
  })

  it('is ten and fifty times that, in the bytes that brokers store', () => {
    const config = loadEnvironment('kafka')
    const bytes = ([1, 10, 50] as const).map(load =>
      loadedTopics({ ...config, workload: { ...config.workload, load } }).reduce(
        (sum, { bytesPerSecond }) => sum + bytesPerSecond,
        0,
      ),
    )
    const [one = 0, ten = 0, fifty = 0] = bytes
    assert.ok(Math.abs(ten / one - 10) < 0.1, String(ten / one))
    assert.ok(Math.abs(fifty / one - 50) < 0.5, String(fifty / one))
  })

  it('is what shards send by their own code, whatever the load', () => {
    for (const load of [1, 10, 50] as const) {
      const { workload, brokers } = loadEnvironment('kafka')
      const made = changed('kafka', {
        workload: { ...workload, load },
        brokers: { ...brokers, instanceType: 'm7g.2xlarge' },
      })
      const { shards } = made.simulator
      const env = settingsOf(made, shards[0]?.name ?? '')
      const fleet = fleetSchema.parse({
        devices: 1,
        telemetry: { payloadBytes: Number(env.TELEMETRY_BYTES) },
      })
      const devices = Number(env.SHARD_DEVICES) * shards.length
      assert.equal(Number(env.SHARD_COUNT), shards.length)
      const stated = loadedTopics(made.config)
      for (const { topic, bytesPerSecond } of storedRates(fleet, contract, {
        devices,
        gateways: shards.length * fleet.gatewaysPerZone,
      })) {
        const of = stated.find(({ settings }) => settings.topic === topic)?.bytesPerSecond ?? 0
        assert.ok(
          of >= bytesPerSecond && of < bytesPerSecond * 1.02,
          `load ${load}, ${topic}: ${of} ${bytesPerSecond}`,
        )
      }
    }
  })

  it('is by the same code what segments of brokers grew by in a run', () => {
    // 1,200 devices of 500 B over 6 gateways in the lab, undisturbed for 63 s: 671 kB/s on each of three brokers.
    const drill = fleetSchema.parse({ devices: 1200, telemetry: { payloadBytes: 500 } })
    const rates = storedRates(drill, contract, { devices: 1200, gateways: 6 })
    const total = rates.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0)
    assert.ok(total >= 671_000 && total < 671_000 * 1.03, String(total))
  })

  it('is kept by the topics as volumes are sized for it, whatever platform they are on', () => {
    for (const name of ENVIRONMENTS) {
      const { config, simulator } = shipped(name)
      for (const shard of simulator.shards) {
        const env = settingsOf(shipped(name), shard.name)
        const made = topicSettings(contract, {
          isReplicated: replicates(config.platform),
          ...keptTopics({}, env),
        })
        assert.deepEqual(made, topicSettings(contract, topicTerms(config)))
      }
    }
  })
})

function ratesOf(config: EnvironmentConfig) {
  const { shardsPerZone, devicesPerShard, telemetryBytes } = fleetLoad(config)
  const shards = shardsPerZone * 3
  const devices = devicesPerShard * shards
  const fleet = { ...spec, telemetry: { ...spec.telemetry, payloadBytes: telemetryBytes } }
  return storedRates(fleet, contract, { devices, gateways: shards * spec.gatewaysPerZone })
}

/** Of brokers; those of controllers keep metadata only. */
function volumes({ cluster }: Synthesized): number[] {
  return Object.entries(resourcesOf(cluster, 'AWS::EC2::Volume'))
    .filter(([id]) => id.startsWith('kafka'))
    .map(([, { Properties }]) => Number(Properties.Size) * 1024 ** 3)
}

interface Planted {
  /** In place of those in the template. */
  readonly volumeBytes?: number
  /** In place of what a shard has. */
  readonly env?: Readonly<Record<string, string>>
}

/** Volumes that get fuller than `share`, if a tier takes nothing for `awaySeconds`. */
function tooFull(made: Synthesized & Planted, share: number, awaySeconds = 0): string[] {
  const { config, simulator, volumeBytes, env = settingsOf(made, simulator.shards[0]?.name ?? '') } = made
  const brokers = config.brokers.perZone * 3
  const rates = new Map(ratesOf(config).map(rate => [rate.topic, rate.bytesPerSecond]))
  let most = 0
  for (const settings of topicSettings(contract, { isReplicated: true, ...keptTopics({}, env) })) {
    const { topic, numPartitions, replicationFactor, configEntries } = settings
    const value = (name: string) => configEntries.find(entry => entry.name === name)?.value
    const isTiered = value('remote.storage.enable') === 'true'
    const perReplica = mostOnDisk({
      bytesPerSecond: (rates.get(topic) ?? 0) / numPartitions,
      windowSeconds:
        Number(value(isTiered ? 'local.retention.ms' : 'retention.ms')) / 1000 + (isTiered ? awaySeconds : 0),
      segmentBytes: Number(value('segment.bytes') ?? 1024 ** 3),
    })
    // Replicas are spread evenly, as far as their number allows.
    most += Math.ceil((numPartitions * replicationFactor) / brokers) * perReplica
  }
  const gigabytes = (bytes: number) => `${Math.round(bytes / 1e9)} GB`
  return (volumeBytes === undefined ? volumes(made) : [volumeBytes])
    .filter(size => most > share * size)
    .map(size => `${config.environment}: ${gigabytes(most)} on ${gigabytes(size)}`)
}
