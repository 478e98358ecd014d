import { type Check, isOwn, raiseQuota } from './check.ts'

/** "VPCs per Region": 5, unless somebody raised it; the default network is one of them. */
const CODE = 'L-F678F1CE'

/** Whether there is room for one more network. */
export const vpcQuota: Check<'vpc-quota'> = {
  name: 'vpc-quota',
  about: 'networks in the region',
  async lacks({ config, stacks, facts }) {
    const needed = stacks
      .flatMap(({ resources }) => resources)
      .filter(({ type }) => type === 'AWS::EC2::VPC').length
    const [limit, networks] = await Promise.all([facts.quota('vpc', CODE), facts.networks()])
    const others = networks.filter(tags => !isOwn(tags, config)).length
    if (others + needed <= limit) return []
    return [
      {
        what: `the environment needs a VPC, ${others} others are there, and the quota of ${config.region} is ${limit}`,
        mend: `${raiseQuota(config.region, 'vpc', CODE, others + needed)}\n(or remove an environment that nobody uses: aftershock destroy)`,
      },
    ]
  },
}
