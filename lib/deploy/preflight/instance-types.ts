import type { Check } from './check.ts'
import { machinesOf } from './machines.ts'

/** Whether each zone of the environment offers each type of its instances. Letters of zones differ between accounts. */
export const instanceTypes: Check<'instance-types'> = {
  name: 'instance-types',
  about: 'types of instances in each zone',
  async lacks({ config, stacks, facts }) {
    const types = machinesOf(stacks).map(({ type }) => type)
    if (types.length === 0) return []
    const offered = await facts.zonesWith(types)
    const zones = Object.values(config.zones)
    const lacking = types.flatMap(type => {
      const without = zones.filter(zone => !offered.get(type)?.includes(zone))
      return without.length === 0 ? [] : [{ type, without }]
    })
    const everywhere = zonesThatOfferAll(types, offered)
    return lacking.map(({ type, without }) => ({
      what: `${type} is not offered in ${without.join(', ')}`,
      mend:
        everywhere.length >= zones.length
          ? `set \`zones\` in the environment file to three of ${everywhere.join(', ')}`
          : [
              'choose another type in the environment file, from those of its zones:',
              `aws ec2 describe-instance-type-offerings --region ${config.region} \\`,
              `  --location-type availability-zone --filters Name=location,Values=${without[0]} \\`,
              "  --query 'InstanceTypeOfferings[].InstanceType' --output text",
            ].join('\n'),
    }))
  },
}

function zonesThatOfferAll(
  types: readonly string[],
  offered: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const [first = [], ...others] = types.map(type => offered.get(type) ?? [])
  return first.filter(zone => others.every(zones => zones.includes(zone)))
}
