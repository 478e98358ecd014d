import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { AftershockError, messageOf } from '../core/errors.ts'
import { PLATFORM_NAMES } from '../platforms/index.ts'
import type { DeployedPlace } from './deployed-environment.ts'

const texts = z.array(z.string())

/** What `lib/deployed-place.ts` makes of an environment's file, for machines that have no such file. */
const givenPlace = z.object({
  environment: z.string().min(1),
  platform: z.enum(PLATFORM_NAMES),
  account: z.string().nullable(),
  region: z.string().min(1),
  zones: texts,
  window: z.object({ days: texts, from: z.string(), to: z.string(), timeZone: z.string() }).nullable(),
  cidr: z.string(),
  brokersPerZone: z.number(),
  logsIn: z.boolean(),
  hasOwnVoters: z.boolean(),
  withoutAgents: texts,
  alarms: z.record(z.string(), z.string()),
  operator: z
    .object({
      principal: z.string(),
      passwordSecret: z.string(),
      authority: z.union([z.object({ pem: z.string() }), z.object({ parameter: z.string() })]),
      brokersHaveNames: z.boolean(),
    })
    .nullable(),
})

/** @throws AftershockError `input` for a file that holds no environment, and for another one than is meant */
export function readGivenPlace(file: string, cwd: string, meant: string): DeployedPlace {
  const path = resolve(cwd, file)
  let place
  try {
    place = givenPlace.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)
    throw new AftershockError('input', `${file} holds no environment: ${why}`, {
      hint: 'the deployment of game days makes it: deploy their stack again',
      cause: error,
    })
  }
  if (place.environment !== meant)
    throw new AftershockError('input', `${file} is of ${place.environment}, and the day is in ${meant}`, {
      hint: 'deploy the stack of game days of that environment again',
    })
  return { named: path, ...place }
}
