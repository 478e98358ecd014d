import type { EnvironmentConfig } from '../../environment-schema.ts'
import type { PlannedStack } from '../assembly.ts'
import type { DeployPlan } from '../plan.ts'
import type { AccountFacts } from './account-facts.ts'

/** What a deployment lacks, and what mends it: a command in most cases, as it is typed. */
export interface Lack {
  readonly what: string
  readonly mend: string
}

/** What checks look at before anything is created. */
export interface Departure {
  readonly config: EnvironmentConfig
  readonly account: string
  readonly stacks: readonly PlannedStack[]
  readonly plan: Pick<DeployPlan, 'missing' | 'unclear'>
  /** Where files for nodes are put: the buckets of the bootstrap. */
  readonly assetBuckets: readonly string[]
  /** What would bootstrap the account and region: `npx cdk bootstrap …` */
  readonly bootstrap: string
  readonly facts: AccountFacts
}

/** One thing that a deployment needs of its account, found by its name. */
export interface Check<Name extends string = string> {
  readonly name: Name
  /** For people: what is looked at. */
  readonly about: string
  lacks(departure: Departure): Promise<readonly Lack[]> | readonly Lack[]
}

/** A quota as people ask for another value of it. */
export function raiseQuota(region: string, service: string, code: string, value: number): string {
  return [
    `aws service-quotas request-service-quota-increase --region ${region}`,
    `  --service-code ${service} --quota-code ${code} --desired-value ${value}`,
  ].join(' \\\n')
}

/** Whether something that exists is of this environment: it needs no room of its own. */
export function isOwn(tags: Readonly<Record<string, string>>, { environment }: EnvironmentConfig): boolean {
  return tags.project === 'aftershock' && tags.environment === environment
}
