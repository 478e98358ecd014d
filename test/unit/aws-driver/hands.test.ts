import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import { AwsHands, damageIn, SUSPENDED } from '../../../chaos/drivers/aws/hands.ts'
import type { Inventory } from '../../../chaos/drivers/aws/inventory.ts'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { VirtualClock } from '../run/virtual-clock.ts'
import { randomInventory, touchable, zone } from './random-inventory.ts'
import { deployedInventory, type MemoryAccount, memoryAccount, type Mishaps } from './memory-account.ts'

interface Made {
  readonly account: MemoryAccount
  readonly hands: AwsHands
  /** Lets the time pass that it waits for. */
  readonly run: <T>(work: Promise<T>) => Promise<T>
}

function made(
  inventory: Inventory = deployedInventory(),
  mishaps: Mishaps = {},
  permit = async () => {},
): Made {
  const clock = new VirtualClock()
  const account = memoryAccount(inventory, mishaps)
  const hands = new AwsHands({ account, environment: inventory.environment, clock, permit })
  return { account, hands, run: work => clock.run(work) }
}

const aclOf = ({ account }: Made, subnet: string) =>
  account.now.subnets.find(({ id }) => id === subnet)?.association?.acl

describe('what the driver of AWS does in an account', () => {
  it('cuts the brokers and clients of a zone off, and no other subnet, and heals without a memory', async () => {
    const place = made()
    await place.run(place.hands.cutZone('az-b', 'cut'))
    assert.deepEqual(place.account.written, ['subnet-brokers-az-b', 'subnet-clients-az-b'])
    assert.equal(aclOf(place, 'subnet-brokers-az-b'), 'acl-cut-az-b')
    assert.equal(aclOf(place, 'subnet-management-az-b'), 'acl-default')
    // Another process, which knows nothing but the name of the environment.
    const other = new AwsHands({
      account: place.account,
      environment: 'kafka',
      clock: new VirtualClock(),
      permit: () => Promise.reject(new AftershockError('refused', 'healing needs nobody')),
    })
    assert.deepEqual(await place.run(other.healAll()), [
      'brokers of az-b (subnet-brokers-az-b) are cut off',
      'clients of az-b (subnet-clients-az-b) are cut off',
    ])
    assert.deepEqual(
      place.account.now.subnets.map(({ association }) => association?.acl),
      Array(9).fill('acl-default'),
    )
  })

  it('looks an association up again when somebody was faster, or an answer was lost', async () => {
    const place = made(deployedInventory(), { staleOnce: true })
    await place.run(place.hands.cutZone('az-a', 'cut-keep-s3'))
    assert.equal(aclOf(place, 'subnet-clients-az-a'), 'acl-cut-keep-s3-az-a')
    await place.run(place.hands.healZone('az-a'))
    assert.equal(aclOf(place, 'subnet-clients-az-a'), 'acl-default')
  })

  it('leaves an ACL that is none of ours, as FIS puts subnets under', async () => {
    const inventory = deployedInventory()
    const foreign = { id: 'acl-fis', vpc: 'vpc-1', tags: { managedByFIS: 'true' }, isDefault: false }
    const place = made({
      ...inventory,
      acls: [...inventory.acls, foreign],
      subnets: inventory.subnets.map(one => ({ ...one, association: { id: `a-${one.id}`, acl: 'acl-fis' } })),
    })
    assert.deepEqual(await place.run(place.hands.healAll()), [])
    assert.deepEqual(place.account.written, [])
  })

  it('takes the way to the object store from the brokers of a zone alone, and gives it back', async () => {
    const place = made()
    await place.run(place.hands.cutStore('az-c'))
    const [endpoint] = place.account.now.endpoints
    assert.ok(endpoint)
    assert.ok(!endpoint.routeTables.includes('rtb-brokers-az-c'))
    assert.ok(endpoint.routeTables.includes('rtb-clients-az-c'))
    assert.deepEqual(damageIn(place.account.now), ['brokers of az-c (rtb-brokers-az-c) have no way to S3'])
    await place.run(place.hands.healStore(null))
    assert.deepEqual(damageIn(place.account.now), [])
  })

  it('stops machines only once their group does not bring them back, and starts them first', async () => {
    const place = made()
    await place.run(place.hands.stopMachines(['kafka-2', 'fleet-az-a-1']))
    assert.deepEqual(place.account.written, ['group-fleet-a', 'i-kafka-2', 'i-fleet-az-a-1'])
    assert.deepEqual(place.account.now.groups[0]?.suspended, [...SUSPENDED])
    assert.deepEqual(damageIn(place.account.now), [
      'kafka-2 (i-kafka-2) is stopped',
      'fleet-az-a-1 (i-fleet-az-a-1) is stopped',
      'group group-fleet-a does not bring machines back',
    ])
    await place.run(place.hands.healAll())
    assert.deepEqual(place.account.written.slice(3), ['i-kafka-2', 'i-fleet-az-a-1', 'group-fleet-a'])
    assert.deepEqual(damageIn(place.account.now), [])
    await place.run(place.hands.healAll())
    assert.equal(place.account.written.length, 6, 'healed twice')
  })

  it('breaks nothing that is not permitted at that moment', async () => {
    const no = () => Promise.reject(new AftershockError('refused', 'switch: off'))
    const place = made(deployedInventory(), {}, no)
    for (const deed of [
      () => place.hands.cutZone('az-a', 'cut'),
      () => place.hands.cutStore('az-a'),
      () => place.hands.stopMachines(['kafka-1']),
      () => place.hands.rebootMachines(['kafka-1']),
    ])
      await assert.rejects(place.run(deed()), { code: 'refused', message: 'switch: off' })
    assert.deepEqual(place.account.written, [])
  })

  it('refuses what is not there with the tags, and touches nothing of the rest', async () => {
    const inventory = deployedInventory()
    const place = made({
      ...inventory,
      machines: inventory.machines.map(one =>
        one.id === 'i-kafka-2' ? { ...one, tags: { Name: 'kafka-2' } } : one,
      ),
    })
    await assert.rejects(place.run(place.hands.stopMachines(['kafka-1', 'kafka-2'])), {
      code: 'refused',
      message:
        'environment kafka in eu-west-1 has no machine kafka-2 that may be touched; nothing was changed',
    })
    assert.deepEqual(place.account.written, [])
  })

  it('never touches anything without the tags of this environment, whatever there is and whatever is done', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomInventory,
        fc.array(deeds, { minLength: 1, maxLength: 6 }),
        async (inventory, todo) => {
          const place = made(inventory)
          for (const deed of todo)
            await place.run(deed(place.hands)).catch((error: unknown) => {
              // Refused, or waited for in vain: a machine that hangs on its way down never starts.
              assert.ok(
                error instanceof AftershockError && ['refused', 'unavailable'].includes(error.code),
                String(error),
              )
            })
          const allowed = touchable(inventory)
          const outside = place.account.written.filter(id => !allowed.includes(id))
          assert.deepEqual(outside, [])
          const management = inventory.subnets
            .filter(({ tags }) => tags.tier === 'management')
            .map(({ id }) => id)
          assert.deepEqual(
            place.account.written.filter(id => management.includes(id)),
            [],
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  it('would notice a deed that touches something else', async () => {
    const inventory = deployedInventory()
    const place = made(inventory)
    await place.account.change.stop(['i-of-somebody-else'])
    assert.deepEqual(place.account.written, ['i-of-somebody-else'])
  })
})

const names = fc.subarray(['kafka-1', 'kafka-2', 'controller-1', 'database'], { minLength: 1 })
const deeds: fc.Arbitrary<(hands: AwsHands) => Promise<unknown>> = fc.oneof(
  names.map(of => (hands: AwsHands) => hands.stopMachines(of)),
  names.map(of => (hands: AwsHands) => hands.startMachines(of)),
  names.map(of => (hands: AwsHands) => hands.rebootMachines(of)),
  fc.tuple(zone, fc.constantFrom('cut' as const, 'cut-keep-s3' as const)).map(
    ([of, cut]) =>
      (hands: AwsHands) =>
        hands.cutZone(of, cut),
  ),
  zone.map(of => (hands: AwsHands) => hands.healZone(of)),
  zone.map(of => (hands: AwsHands) => hands.cutStore(of)),
  zone.map(of => (hands: AwsHands) => hands.healStore(of)),
  fc.constant((hands: AwsHands) => hands.healAll()),
)
