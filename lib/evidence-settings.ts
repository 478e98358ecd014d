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
    .default(365)
    .describe('How long evidence is locked, from the upload of each object.'),
  evidenceOwner: z.string().min(1).optional(),
  evidenceCostCenter: z.string().min(1).optional(),
})

export type EvidenceSettings = z.output<typeof settings>

const EXPECTED: Readonly<Record<string, string>> = {
  evidenceRetentionDays: `a whole number of days from 1 to ${MAX_DAYS}`,
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
