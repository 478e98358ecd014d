import { type Account, type Changes, StaleAssociation } from '../../../chaos/drivers/aws/account.ts'
import type { Inventory, Machine } from '../../../chaos/drivers/aws/inventory.ts'

/** An account in memory, which does what it is told, and remembers every id that was written to. */
export interface MemoryAccount extends Account {
  /** Which a test may replace. */
  readonly change: { -readonly [Name in keyof Changes]: Changes[Name] }
  readonly written: readonly string[]
  readonly parameters: Map<string, string>
  readonly alarmStates: Map<string, string>
  /** Documents that were done: which, on which machine, with which parameters. */
  readonly documents: [document: string, machine: string, parameters: Readonly<Record<string, string>>][]
  now: Inventory
}

export interface Mishaps {
  /** Before the first `associate` of each subnet, as when somebody else or a lost answer of ours was faster. */
  readonly staleOnce?: boolean
}

export function memoryAccount(inventory: Inventory, { staleOnce = false }: Mishaps = {}): MemoryAccount {
  const written: string[] = []
  const parameters = new Map<string, string>()
  let associations = 0
  const stale = new Set<string>()
  const wrote = (...ids: readonly string[]) => void written.push(...ids)
  const machines = (ids: readonly string[], state: string) => {
    wrote(...ids)
    const changed = (machine: Machine) => (ids.includes(machine.id) ? { ...machine, state } : machine)
    account.now = { ...account.now, machines: account.now.machines.map(changed) }
  }
  const suspended = (name: string, change: (was: readonly string[]) => readonly string[]) => {
    wrote(name)
    const groups = account.now.groups.map(one =>
      one.id === name ? { ...one, suspended: change(one.suspended) } : one,
    )
    account.now = { ...account.now, groups }
  }
  const account: MemoryAccount = {
    region: 'eu-west-1',
    now: inventory,
    written,
    parameters,
    documents: [],
    secret: () => Promise.resolve('key'),
    invocation: () => Promise.resolve({ status: 'Success', output: '' }),
    alarms: names =>
      Promise.resolve(
        names.flatMap(name => {
          const state = account.alarmStates.get(name)
          return state === undefined ? [] : [{ name, state, reason: 'the test has it so' }]
        }),
      ),
    alarmStates: new Map(),
    caller: () => Promise.resolve('123456789012'),
    inventory: () => Promise.resolve(account.now),
    parameter: name => Promise.resolve(parameters.get(name) ?? null),
    change: {
      writeParameter: (name, value) => Promise.resolve(void parameters.set(name, value)),
      runDocument(document, machine, given) {
        wrote(machine)
        account.documents.push([document, machine, given])
        return Promise.resolve(`command-${account.documents.length}`)
      },
      stop: ids => Promise.resolve(machines(ids, 'stopped')),
      start: ids => Promise.resolve(machines(ids, 'running')),
      reboot: ids => Promise.resolve(wrote(...ids)),
      associate(id, acl) {
        const subnet = account.now.subnets.find(({ association }) => association?.id === id)
        if (!subnet) return Promise.reject(new StaleAssociation(id))
        const renew = (to: string) => {
          associations++
          const association = { id: `aclassoc-new-${associations}`, acl: to }
          const subnets = account.now.subnets.map(one =>
            one.id === subnet.id ? { ...one, association } : one,
          )
          account.now = { ...account.now, subnets }
        }
        if (staleOnce && !stale.has(subnet.id)) {
          stale.add(subnet.id)
          renew(subnet.association?.acl ?? '')
          return Promise.reject(new StaleAssociation(id))
        }
        wrote(subnet.id)
        renew(acl)
        return Promise.resolve()
      },
      routeToStore(endpoint, { add = [], remove = [] }) {
        wrote(endpoint, ...add, ...remove)
        const endpoints = account.now.endpoints.map(one =>
          one.id === endpoint
            ? { ...one, routeTables: [...one.routeTables.filter(id => !remove.includes(id)), ...add] }
            : one,
        )
        account.now = { ...account.now, endpoints }
        return Promise.resolve()
      },
      suspend: (name, processes) =>
        Promise.resolve(suspended(name, was => [...new Set([...was, ...processes])])),
      resume: (name, processes) =>
        Promise.resolve(suspended(name, was => was.filter(one => !processes.includes(one)))),
      createParameter(name, value) {
        if (parameters.has(name)) return Promise.resolve(false)
        parameters.set(name, value)
        return Promise.resolve(true)
      },
      deleteParameter(name) {
        parameters.delete(name)
        return Promise.resolve()
      },
    },
  }
  return account
}

const ZONES = ['az-a', 'az-b', 'az-c']

/** As the stacks of `kafka` deploy it: slots of brokers and controllers, subnets, ACLs, routes. */
export function deployedInventory(environment = 'kafka'): Inventory {
  const own = { project: 'aftershock', environment }
  const ready = { ...own, 'chaos-ready': 'true' }
  const vpc = 'vpc-1'
  const subnet = (tier: string, zone: string) => ({
    id: `subnet-${tier}-${zone}`,
    vpc,
    cidr: `10.0.${3 * ['brokers', 'clients', 'management'].indexOf(tier) + ZONES.indexOf(zone)}.0/24`,
    tags: { ...(tier === 'management' ? own : ready), tier, zone },
    association: { id: `aclassoc-${tier}-${zone}`, acl: 'acl-default' },
  })
  const machine = (name: string, zone: string, group: string | null = null) => ({
    id: `i-${name}`,
    tags: { ...ready, Name: name },
    state: 'running',
    subnet: `subnet-brokers-${zone}`,
    address: '10.0.0.1',
    group,
  })
  return {
    environment,
    vpcs: [{ id: vpc, tags: own }],
    machines: [
      ...ZONES.map((zone, i) => machine(`kafka-${i + 1}`, zone)),
      ...ZONES.map((zone, i) => machine(`controller-${i + 1}`, zone)),
      machine('fleet-az-a-1', 'az-a', 'group-fleet-a'),
    ],
    subnets: ZONES.flatMap(zone => ['brokers', 'clients', 'management'].map(tier => subnet(tier, zone))),
    acls: [
      { id: 'acl-default', vpc, tags: {}, isDefault: true },
      ...ZONES.flatMap(zone =>
        ['cut', 'cut-keep-s3'].map(cut => ({
          id: `acl-${cut}-${zone}`,
          vpc,
          tags: { ...own, zone, cut },
          isDefault: false,
        })),
      ),
    ],
    groups: [{ id: 'group-fleet-a', tags: ready, suspended: [] }],
    endpoints: [
      {
        id: 'vpce-s3',
        vpc,
        tags: ready,
        routeTables: ZONES.flatMap(zone => [`rtb-brokers-${zone}`, `rtb-clients-${zone}`]),
      },
    ],
    routeTables: ZONES.flatMap(zone => [
      { id: `rtb-brokers-${zone}`, tags: { ...ready, tier: 'brokers', zone } },
      { id: `rtb-clients-${zone}`, tags: { ...own, tier: 'clients', zone } },
    ]),
  }
}
