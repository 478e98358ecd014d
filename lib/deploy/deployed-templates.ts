import { z } from 'zod'
import { AftershockError } from '../../chaos/core/errors.ts'
import type { TemplateResources } from './slot-replacement.ts'

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
