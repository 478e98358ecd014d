import type { App } from 'aws-cdk-lib'
import { z } from 'zod'
import { EnvironmentError } from './environment-source.ts'

/** A century, which is the most that S3 locks for. */
const MAX_DAYS = 36_500

const settings = z.strictObject({
  evidenceRetentionDays: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_DAYS)
    .default(7)
    .describe(
      'How long histories are locked, from the upload of each: until somebody has made them part of a sealed run.',
    ),
  sealedRetentionDays: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_DAYS)
    .default(365)
    .describe('The longest that anything may be locked, which is how long sealed runs are to be.'),
  evidenceBreakGlass: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/.+$/)
    .optional()
    .describe(
      'Who may delete what is not sealed, and change what locks it. @default nobody but a deployment',
    ),
  evidenceOwner: z.string().min(1).optional(),
  evidenceCostCenter: z.string().min(1).optional(),
})

export type EvidenceSettings = z.output<typeof settings>

const EXPECTED: Readonly<Record<string, string>> = {
  evidenceRetentionDays: `a whole number of days from 1 to ${MAX_DAYS}`,
  sealedRetentionDays: `a whole number of days from 1 to ${MAX_DAYS}`,
  evidenceBreakGlass: 'the ARN of a role or user: arn:aws:iam::123456789012:role/name',
}

/**
 * What environments share, and so none of their files decides: `cdk.json` has it, and `-c evidenceRetentionDays=7` is for
 * once.
 *
 * @throws EnvironmentError naming key and expectation
 */
export function evidenceSettings(app: App): EvidenceSettings {
  const given = Object.keys(settings.shape).map(key => [key, app.node.tryGetContext(key) as unknown])
  const parsed = settings.safeParse(Object.fromEntries(given))
  if (parsed.success) return parsed.data
  throw new EnvironmentError(
    parsed.error.issues.map(({ path: [key = ''] }) => {
      const value = JSON.stringify(app.node.tryGetContext(String(key)))
      return `${String(key)}=${value}: expected ${EXPECTED[String(key)] ?? 'some text'} (in cdk.json, or with -c)`
    }),
  )
}
