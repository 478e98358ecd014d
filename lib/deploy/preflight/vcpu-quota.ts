import { type Check, isOwn, raiseQuota } from './check.ts'
import { machinesOf } from './machines.ts'

/** "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", in vCPUs. New accounts often have 5 to 16. */
const CODE = 'L-1216C47A'

/** Whether the instances of the environment, and what its groups may grow to, fit beside what runs already. */
export const vcpuQuota: Check<'vcpu-quota'> = {
  name: 'vcpu-quota',
  about: 'vCPUs of on-demand instances',
  async lacks({ config, stacks, facts }) {
    const wanted = machinesOf(stacks).filter(({ type }) => isStandard(type))
    if (wanted.length === 0) return []
    const [limit, running] = await Promise.all([facts.quota('ec2', CODE), facts.runningInstances()])
    const others = running.filter(({ type, tags }) => isStandard(type) && !isOwn(tags, config))
    const vcpus = await facts.vcpus([...new Set([...wanted, ...others].map(({ type }) => type))])
    // A type that AWS does not know is for the check of types to tell.
    const needed = sum(wanted.map(({ type, most }) => most * (vcpus.get(type) ?? 0)))
    const used = sum(others.map(({ type }) => vcpus.get(type) ?? 0))
    if (needed + used <= limit) return []
    const instances = sum(wanted.map(({ most }) => most))
    const beside = used === 0 ? '' : `, and ${used} run in ${others.length} others`
    return [
      {
        what: `${instances} instances need ${needed} vCPUs${beside}; the quota of ${config.region} is ${limit}`,
        mend: raiseQuota(config.region, 'ec2', CODE, needed + used),
      },
    ]
  },
}

/** Families with quotas of their own begin with the same letters: `inf1`, `mac2`, `trn1`, `dl1`, `hpc7g`. */
function isStandard(type: string): boolean {
  return /^[acdhimrtz]/.test(type) && !/^(inf|mac|trn|dl|hpc)/.test(type)
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
