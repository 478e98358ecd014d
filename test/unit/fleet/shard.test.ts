import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { fleetSchema } from '../../../chaos/core/drill.ts'
import type { AftershockError } from '../../../chaos/core/errors.ts'
import { readAdvertised } from '../../../chaos/kafka/wire.ts'
import { DeviceTable } from '../../../chaos/fleet/device-table.ts'
import { gatewayPlaces } from '../../../chaos/fleet/gateway-places.ts'
import { fleetShard, type ShardArguments } from '../../../chaos/fleet/shard.ts'
import { shippedContract } from '../../../chaos/shipped-contract.ts'
import { fleetTopics } from '../../../chaos/fleet/streams.ts'

const ARGUMENTS: ShardArguments = {
  bootstrap: 'a.lab:9092, b.lab:9093',
  zone: 'az-b',
  shard: '2/3',
  devices: '1000',
}
/** As lib/assets/README.md names them. */
const SETTINGS = {
  NODE_NAME: 'fleet-az-b-1',
  NODE_ZONE: 'az-b',
  SHARD_INDEX: '1',
  SHARD_COUNT: '3',
  SHARD_DEVICES: '3400',
  BOOTSTRAP_SERVERS: 'kafka-1.kafka.aftershock.internal:9092',
}

describe('a shard of the fleet', () => {
  it('is what the command line says', () => {
    assert.deepEqual(fleetShard(ARGUMENTS, {}), {
      name: 'shard-2-of-3',
      zone: 'az-b',
      zoneId: null,
      index: 1,
      count: 3,
      firstDevice: 333,
      devices: 333,
      bootstrap: [
        { host: 'a.lab', port: 9092 },
        { host: 'b.lab', port: 9093 },
      ],
    })
  })

  it('is what the settings of a machine say', () => {
    assert.deepEqual(fleetShard({}, { ...SETTINGS, NODE_ZONE_ID: 'euw1-az2' }), {
      name: 'fleet-az-b-1',
      zone: 'az-b',
      zoneId: 'euw1-az2',
      index: 1,
      count: 3,
      firstDevice: 3400,
      devices: 3400,
      bootstrap: [{ host: 'kafka-1.kafka.aftershock.internal', port: 9092 }],
    })
  })

  it('is what the command line says where the settings say something else', () => {
    const { zone, index, devices } = fleetShard({ zone: 'az-c', shard: '3/3', devices: '9' }, SETTINGS)
    assert.deepEqual([zone, index, devices], ['az-c', 2, 3])
  })

  it('takes the number of devices from a drill when nobody else says it', () => {
    const { devices: _, ...others } = ARGUMENTS
    assert.equal(fleetShard(others, {}, 300).devices, 100)
  })

  it('shares all devices with the others, each device once', () => {
    for (const [total, count] of [
      [10, 3],
      [1000, 7],
      [5, 5],
    ] as const) {
      let next = 0
      for (let number = 1; number <= count; number++) {
        const of = { ...ARGUMENTS, shard: `${number}/${count}`, devices: String(total) }
        const { firstDevice, devices } = fleetShard(of, {})
        assert.equal(firstDevice, next)
        next += devices
      }
      assert.equal(next, total)
    }
  })

  it('refuses what is missing or wrong, and says how to give it', () => {
    const without = (name: string): ShardArguments =>
      Object.fromEntries(Object.entries(ARGUMENTS).filter(([key]) => key !== name))
    const refused: readonly (readonly [ShardArguments, RegExp])[] = [
      [without('bootstrap'), /--bootstrap, or set BOOTSTRAP_SERVERS/],
      [without('zone'), /--zone, or set NODE_ZONE/],
      [without('shard'), /--shard, or set SHARD_INDEX and SHARD_COUNT/],
      [without('devices'), /--devices, or set SHARD_DEVICES/],
      [{ ...ARGUMENTS, shard: '0/3' }, /the last is 3\/3/],
      [{ ...ARGUMENTS, shard: '4/3' }, /the last is 3\/3/],
      [{ ...ARGUMENTS, devices: '1e3' }, /a whole number/],
      [{ ...ARGUMENTS, devices: '1' }, /fewer shards or more devices/],
      [{ ...ARGUMENTS, zone: '../az-a' }, /part of file names/],
      [{ ...ARGUMENTS, bootstrap: 'a.lab' }, /for example/],
      [{ ...ARGUMENTS, bootstrap: 'a.lab:70000' }, /for example/],
    ]
    for (const [args, hint] of refused) assert.throws(() => fleetShard(args, {}), isError('usage', hint))
  })

  it('says who looks up the addresses of brokers without names', () => {
    const { BOOTSTRAP_SERVERS: _, ...others } = SETTINGS
    const settings = { ...others, BOOTSTRAP_SERVERS_PATH: '/aftershock/automq/addresses' }
    assert.throws(
      () => fleetShard({}, settings),
      isError('usage', /looks up the parameters under \/aftershock/),
    )
  })
})

describe('the devices of a shard', () => {
  it('have numbers and records that no other shard and no earlier start has', () => {
    const table = new DeviceTable(100, 2, 300, 1_795_453_577)
    assert.equal(table.numberOf(0), 300)
    assert.equal(table.recordId(99, 7), 'd399/1795453577/7')
    assert.equal(new DeviceTable(100, 2).recordId(99, 7), 'd99/1/7')
  })

  it('have gateways that no other shard has', () => {
    const spec = fleetSchema.parse({ devices: 10, gatewaysPerZone: 2 })
    const names = [0, 1].map(index => gatewayPlaces(spec, { zones: ['az-a'] }, index * 2).map(at => at.name))
    assert.deepEqual(names, [
      ['gw-az-a-1', 'gw-az-a-2'],
      ['gw-az-a-3', 'gw-az-a-4'],
    ])
  })

  it('write to the topics of the shipped contract where nobody names another', () => {
    assert.deepEqual(
      fleetTopics(shippedContract()).map(({ topic }) => topic),
      ['telemetry', 'device-state', 'operations', 'integration'],
    )
  })
})

describe('an answer with metadata', () => {
  it('says where brokers are reached, and in which zone they are', () => {
    const frame = Buffer.concat([
      i32(1),
      i32(0),
      i32(2),
      Buffer.concat([i32(2), text('kafka-az-b.lab'), i32(9092), text('az-b')]),
      Buffer.concat([i32(5), text('10.0.0.5'), i32(9094), i16(-1)]),
    ])
    assert.deepEqual(readAdvertised(frame), [
      { id: 2, host: 'kafka-az-b.lab', port: 9092, rack: 'az-b' },
      { id: 5, host: '10.0.0.5', port: 9094, rack: null },
    ])
  })
})

function isError(code: AftershockError['code'], words: RegExp) {
  return (error: AftershockError) => {
    assert.equal(error.code, code)
    assert.match(`${error.message} ${error.hint}`, words)
    return true
  }
}

function i16(value: number): Buffer {
  const buffer = Buffer.alloc(2)
  buffer.writeInt16BE(value)
  return buffer
}
function i32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}
const text = (words: string) => Buffer.concat([i16(words.length), Buffer.from(words)])
