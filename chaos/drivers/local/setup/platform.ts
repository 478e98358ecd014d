import { AftershockError } from '../../../core/errors.ts'
import { platformName } from '../../../core/platform.ts'
import { type LabPlatform, plainKafka } from '../lab-platform.ts'
import type { SetupOptions } from './cache.ts'
import { KAFKA_VERSION } from './kafka.ts'
import type { PlatformChoice } from './lab.ts'
import { ensureVersitygw } from './versitygw.ts'

export async function ensureGateway(options: SetupOptions): Promise<string> {
  return (await ensureVersitygw(options)).binary
}

/** What the nodes will run. @throws AftershockError `unavailable` with how to get what is not there. */
export async function ensurePlatform(_options: SetupOptions, choice: PlatformChoice): Promise<LabPlatform> {
  switch (choice.platform) {
    case 'kafka':
      return plainKafka(KAFKA_VERSION)
    case 'kafka-tiered':
    case 'automq':
    case 'automq-router':
      throw new AftershockError('unavailable', `the lab does not run ${platformName(choice.platform)}`)
  }
}
