import {
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeVpcEndpointsCommand,
  type EC2Client,
  type NetworkAcl,
} from '@aws-sdk/client-ec2'
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '../../chaos/system-clock.ts'

const ip = async (...args: readonly string[]) => void (await promisify(execFile)('ip', [...args]))
const TIERS = ['brokers', 'clients'] as const
const ZONES = ['az-a', 'az-b', 'az-c'] as const
const EVERY_MS = 200

/** Where a namespace is: a subnet with one machine in it. */
export interface NetworkPlace {
  readonly cidr: string
  readonly address: string
}

/** The first address of a subnet, which is its router's. */
function routerOf(cidr: string): string {
  return cidr.replace(/\d+\/\d+$/, last => String(Number(last.split('/')[0]) + 1))
}

const prefixOf = (cidr: string) => cidr.split('/')[1] ?? '24'

/** Why zones cannot be made of network namespaces here, or null. */
export function noNamespaces(): string | null {
  if (process.getuid?.() !== 0) return 'it takes root'
  const name = `as-try-${process.pid}`
  try {
    execFileSync('ip', ['netns', 'add', name], { stdio: 'ignore' })
    execFileSync('ip', ['-n', name, 'rule', 'add', 'from', '10.0.0.0/8', 'blackhole'], { stdio: 'ignore' })
    return null
  } catch {
    return 'network namespaces and rules of routing cannot be made here'
  } finally {
    try {
      execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' })
    } catch {
      // It was never made.
    }
  }
}

const DENIES_ALL = { RuleNumber: 32_767, CidrBlock: '0.0.0.0/0', RuleAction: 'deny' } as const

/**
 * A network of an account on one machine: a namespace for each subnet, and a router between them. What the endpoint says
 * of network ACLs is what the router does, by rules that know no connections, as an ACL does not. The first that fits
 * decides, so that one zone at a time is what it shows truly. This machine is in the subnets of management.
 */
export class ZoneNetwork implements AsyncDisposable {
  readonly #id = `as${process.pid}`
  readonly #base: string
  readonly #made: string[] = []
  #stopped = new AbortController()
  #loop: Promise<void> = Promise.resolve()
  #inForce = ''
  /** What the router lacked the last time. */
  lastError: unknown = null

  readonly #places: ReadonlyMap<string, NetworkPlace>
  readonly #management: NetworkPlace

  /**
   * @param base the first two numbers of the network, `10.77`
   * @param places by tier and zone, `brokers az-a`, and of `management`. @default as `makeNetwork` gives subnets theirs
   */
  constructor(base: string, places?: ReadonlyMap<string, NetworkPlace>) {
    this.#base = base
    const usual = (third: number) => ({ cidr: `${base}.${third}.0/24`, address: `${base}.${third}.10` })
    this.#management = places?.get('management') ?? usual(6)
    this.#places =
      places ??
      new Map(
        TIERS.flatMap(tier =>
          ZONES.map(zone => [`${tier} ${zone}`, usual(this.#number(tier, zone))] as const),
        ),
      )
  }

  /** Of the object store, which is in no subnet: on this machine, behind the router. */
  static readonly STORE = '10.88.0.1'

  address(tier: (typeof TIERS)[number], zone: string): string {
    return this.#place(tier, zone).address
  }

  #place(tier: (typeof TIERS)[number], zone: string): NetworkPlace {
    const found = this.#places.get(`${tier} ${zone}`)
    if (!found) throw new Error(`there is no subnet of ${tier} in ${zone}`)
    return found
  }

  namespace(tier: (typeof TIERS)[number], zone: string): string {
    return `${this.#id}-${tier[0]}${zone.at(-1)}`
  }

  #number(tier: (typeof TIERS)[number], zone: string): number {
    return TIERS.indexOf(tier) * 3 + ZONES.indexOf(zone as (typeof ZONES)[number])
  }

  /** @param hosts lines of `/etc/hosts` in every subnet */
  async make(hosts: string): Promise<void> {
    const router = `${this.#id}-r`
    await this.#namespace(router, hosts)
    await ip('netns', 'exec', router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
    const [here, there] = [`${this.#id}m`, `${this.#id}n`]
    await ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', router)
    const { cidr: ours, address: own } = this.#management
    await ip('addr', 'add', `${own}/${prefixOf(ours)}`, 'dev', here)
    await ip('link', 'set', here, 'up')
    await ip('-n', router, 'addr', 'add', `${routerOf(ours)}/${prefixOf(ours)}`, 'dev', there)
    await ip('-n', router, 'link', 'set', there, 'up')
    await ip('route', 'add', `${this.#base}.0.0/16`, 'via', routerOf(ours))
    await ip('addr', 'add', `${ZoneNetwork.STORE}/32`, 'dev', here)
    await ip('-n', router, 'route', 'add', ZoneNetwork.STORE, 'via', own)
    for (const tier of TIERS)
      for (const zone of ZONES) {
        const name = this.namespace(tier, zone)
        const { cidr, address } = this.#place(tier, zone)
        await this.#namespace(name, hosts)
        const port = `p${this.#number(tier, zone)}`
        await ip('link', 'add', port, 'netns', router, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
        await ip('-n', router, 'addr', 'add', `${routerOf(cidr)}/${prefixOf(cidr)}`, 'dev', port)
        await ip('-n', router, 'link', 'set', port, 'up')
        await ip('-n', name, 'addr', 'add', `${address}/${prefixOf(cidr)}`, 'dev', 'eth0')
        await ip('-n', name, 'link', 'set', 'eth0', 'up')
        await ip('-n', name, 'route', 'add', 'default', 'via', routerOf(cidr))
      }
  }

  async #namespace(name: string, hosts: string): Promise<void> {
    const folder = join('/etc/netns', name)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'hosts'), hosts)
    await ip('netns', 'add', name)
    this.#made.push(name)
    await ip('-n', name, 'link', 'set', 'lo', 'up')
  }

  async plug(tier: (typeof TIERS)[number], zone: string, isIn: boolean): Promise<void> {
    const port = `p${this.#number(tier, zone)}`
    await ip('-n', `${this.#id}-r`, 'link', 'set', port, isIn ? 'up' : 'down')
  }

  /** From now on the router does what the endpoint says. */
  follow(ec2: EC2Client, vpc: string): void {
    const watch = async () => {
      const { signal } = this.#stopped
      while (!signal.aborted) {
        try {
          await this.#apply(ec2, vpc)
        } catch (error) {
          this.lastError = error
        }
        await systemClock.sleep(EVERY_MS, signal).catch(() => {})
      }
    }
    this.#loop = watch()
  }

  async #apply(ec2: EC2Client, vpc: string): Promise<void> {
    const asked = new DescribeNetworkAclsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpc] }] })
    const { NetworkAcls = [] } = await ec2.send(asked)
    const rules = [
      ...(await this.#unrouted(ec2, vpc)),
      ...NetworkAcls.filter(({ IsDefault }) => !IsDefault).flatMap(acl => this.#rulesOf(acl)),
    ]
    const wanted = rules.join('\n')
    if (wanted === this.#inForce) return
    const router = `${this.#id}-r`
    // 32766 is the table of all routes: what stands before it is ours.
    for (;;) {
      const shown = await promisify(execFile)('ip', ['-n', router, 'rule', 'show'])
      const ours = /^([1-9]\d{0,3}):/m.exec(shown.stdout)?.[1]
      if (ours === undefined) break
      await ip('-n', router, 'rule', 'del', 'priority', ours)
    }
    for (const [index, rule] of rules.entries())
      await ip('-n', router, 'rule', 'add', 'priority', String(index + 1), ...rule.split(' '))
    this.#inForce = wanted
  }

  /** Brokers whose route table is not the endpoint's have no way to the store. */
  async #unrouted(ec2: EC2Client, vpc: string): Promise<string[]> {
    const Filters = [{ Name: 'vpc-id', Values: [vpc] }]
    const [{ VpcEndpoints = [] }, { RouteTables = [] }] = await Promise.all([
      ec2.send(new DescribeVpcEndpointsCommand({ Filters })),
      ec2.send(new DescribeRouteTablesCommand({ Filters })),
    ])
    const routed = new Set(VpcEndpoints.flatMap(({ RouteTableIds = [] }) => RouteTableIds))
    return RouteTables.flatMap(({ RouteTableId = '', Tags = [] }) => {
      const tag = (name: string) => Tags.find(({ Key }) => Key === name)?.Value ?? ''
      if (tag('tier') !== 'brokers' || routed.has(RouteTableId)) return []
      return [`from ${this.#place('brokers', tag('zone')).cidr} to ${ZoneNetwork.STORE} blackhole`]
    })
  }

  #rulesOf({ Associations = [], Entries = [] }: NetworkAcl): string[] {
    const blocks = new Map(this.#blocks)
    return Associations.flatMap(({ SubnetId = '' }) => {
      const own = blocks.get(SubnetId)
      if (own === undefined) return []
      return [true, false].flatMap(egress =>
        // Every ACL ends with a rule that denies all, which moto gives to none.
        [...Entries, { ...DENIES_ALL, Egress: egress }]
          .filter(entry => entry.Egress === egress)
          .toSorted((a, b) => (a.RuleNumber ?? 0) - (b.RuleNumber ?? 0))
          .map(({ CidrBlock = '', RuleAction }) => {
            const other = CidrBlock === '0.0.0.0/0' ? '0.0.0.0/0' : CidrBlock
            const [from, to] = egress ? [own, other] : [other, own]
            return `from ${from} to ${to} ${RuleAction === 'allow' ? 'lookup main' : 'blackhole'}`
          }),
      )
    })
  }

  #blocks: readonly (readonly [subnet: string, cidr: string])[] = []

  /** @param subnets by tier and zone, `brokers az-a` */
  knows(subnets: Readonly<Record<string, string>>): void {
    this.#blocks = TIERS.flatMap(tier =>
      ZONES.map(zone => [subnets[`${tier} ${zone}`] ?? '', this.#place(tier, zone).cidr] as const),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort()
    await this.#loop
    for (const name of this.#made) {
      await ip('netns', 'del', name).catch(() => {})
      rmSync(join('/etc/netns', name), { recursive: true, force: true })
    }
    await ip('link', 'del', `${this.#id}m`).catch(() => {})
  }
}
