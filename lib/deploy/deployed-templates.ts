import { z } from 'zod'
import { AftershockError } from '../../chaos/core/errors.ts'
import type { AwsAccount } from './account.ts'
import type { PlannedStack } from './assembly.ts'
import { type ReplacedSlot, replacedSlots, type TemplateResources } from './slot-replacement.ts'

/** Of a template only what is compared. It is JSON, because the CDK deploys no other. */
const template = z.object({
  Resources: z
    .record(
      z.string(),
      z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
    )
    .default({}),
})

/** @throws AftershockError `unavailable` when it is no template that the CDK has deployed. */
export function parseTemplate(stack: string, body: string): TemplateResources {
  try {
    const { Resources } = template.parse(JSON.parse(body))
    return new Map(
      Object.entries(Resources).map(([id, { Type, Properties }]) => [
        id,
        { type: Type, properties: Properties },
      ]),
    )
  } catch (cause) {
    throw new AftershockError(
      'unavailable',
      `the template of ${stack} that CloudFormation has is not JSON of the CDK`,
      {
        cause,
        hint: 'Was the stack made by something else? `aftershock destroy` removes it.',
      },
    )
  }
}

/** Of a stack whose creation failed, whose machines are gone or going; the CDK makes it anew. */
const IS_EMPTY = /^(ROLLBACK|DELETE|REVIEW)_/

/** Slots that a deployment would replace the machines of, by the templates that are deployed now. */
export async function slotsReplacedBy(
  stacks: readonly PlannedStack[],
  region: string,
  aws: AwsAccount,
): Promise<readonly ReplacedSlot[]> {
  const withSlots = stacks.filter(({ resources }) =>
    resources.some(({ type }) => type === 'AWS::EC2::Instance'),
  )
  if (withSlots.length === 0) return []
  const there = (await aws.stacks(region))
    .filter(({ status }) => !IS_EMPTY.test(status))
    .map(({ name }) => name)
  const found: ReplacedSlot[] = []
  for (const { name, resources } of withSlots.filter(stack => there.includes(stack.name))) {
    const deployed = parseTemplate(name, await aws.template(region, name))
    const planned = new Map(resources.map(resource => [resource.logicalId, resource]))
    found.push(...replacedSlots(deployed, planned))
  }
  return found
}
