import * as fc from 'fast-check'
import { SUSPENDED } from '../../../chaos/drivers/aws/hands.ts'
import type { Inventory } from '../../../chaos/drivers/aws/inventory.ts'

export const zone = fc.constantFrom('az-a', 'az-b')

/** Tags as people leave them: of another environment, with another spelling, or none. */
const tags = (more: fc.Arbitrary<Record<string, string>>) =>
  fc
    .tuple(
      fc.constantFrom('aftershock', 'other', undefined),
      fc.constantFrom('mine', 'mine', 'theirs', undefined),
      fc.constantFrom('true', 'true', 'false', 'True', undefined),
      more,
    )
    .map(
      ([project, environment, ready, rest]) =>
        Object.fromEntries(
          Object.entries({ project, environment, 'chaos-ready': ready, ...rest }).filter(
            ([, value]) => value !== undefined,
          ),
        ) as Record<string, string>,
    )
const where = fc.record({ tier: fc.constantFrom('brokers', 'clients', 'management'), zone })
const many = <T>(what: string, of: fc.Arbitrary<T>) =>
  fc.array(of, { maxLength: 5 }).map(all => all.map((one, i) => ({ id: `${what}-${i}`, ...one })))

/** An account as it may be found: half of it somebody else's, or not to be touched. */
export const randomInventory: fc.Arbitrary<Inventory> = fc.record({
  environment: fc.constant('mine'),
  vpcs: fc.constant([]),
  machines: many(
    'i',
    fc.record({
      tags: tags(fc.record({ Name: fc.constantFrom('kafka-1', 'kafka-2', 'controller-1', 'database') })),
      state: fc.constantFrom('running', 'running', 'stopped', 'stopping', 'terminated'),
      subnet: fc.constantFrom('subnet-0', 'subnet-1'),
      address: fc.constant('10.0.0.1'),
      group: fc.constantFrom(null, null, 'group-0', 'group-1'),
    }),
  ),
  subnets: fc
    .array(fc.record({ tags: tags(where), vpc: fc.constantFrom('vpc-0', 'vpc-1'), acl: fc.nat(7) }), {
      maxLength: 6,
    })
    .map(all =>
      all.map(({ acl, ...one }, i) => ({
        id: `subnet-${i}`,
        cidr: `10.0.${i}.0/24`,
        ...one,
        association: { id: `aclassoc-${i}`, acl: `acl-${acl}` },
      })),
    ),
  acls: fc
    .array(
      fc.record({
        tags: tags(fc.record({ zone, cut: fc.constantFrom('cut', 'cut-keep-s3') })),
        vpc: fc.constantFrom('vpc-0', 'vpc-1'),
        isDefault: fc.boolean(),
      }),
      { maxLength: 8 },
    )
    .map(all => all.map((one, i) => ({ id: `acl-${i}`, ...one }))),
  groups: many('group', fc.record({ tags: tags(fc.constant({})), suspended: fc.subarray([...SUSPENDED]) })),
  endpoints: many(
    'vpce',
    fc.record({
      tags: tags(fc.constant({})),
      vpc: fc.constantFrom('vpc-0', 'vpc-1'),
      routeTables: fc.subarray(['rtb-0', 'rtb-1', 'rtb-2']),
    }),
  ),
  routeTables: many('rtb', fc.record({ tags: tags(where) })),
})

/** What has this environment's tags, by id: nothing else may be written to. */
export const touchable = (inventory: Inventory): string[] =>
  [
    ...inventory.machines,
    ...inventory.subnets,
    ...inventory.groups,
    ...inventory.endpoints,
    ...inventory.routeTables,
  ]
    .filter(
      ({ tags: own }) =>
        own['chaos-ready'] === 'true' && own.environment === 'mine' && own.project === 'aftershock',
    )
    .map(({ id }) => id)
