import { AftershockError } from '../../../core/errors.ts'
import type { PlatformChoice } from '../../environment.ts'
import { ALLOW_STAND_IN, AUTOMQ_HOW_TO_GET } from '../../../platforms/automq/release.ts'
import { type LabPlatform, plainKafka } from '../lab/lab-platform.ts'
import { findAivenPlugin } from './aiven-plugin.ts'
import { autoMqPlatformSoftware, ensureAutoMq } from './automq.ts'
import type { SetupOptions } from './cache.ts'
import { KAFKA_VERSION } from './kafka.ts'
import { ensureTieredStore } from './tiered-store.ts'
import { ensureVersitygw } from './versitygw.ts'

export async function ensureGateway(options: SetupOptions): Promise<string> {
  return (await ensureVersitygw(options)).binary
}

/** What the nodes will run. @throws AftershockError `unavailable` with how to get what is not there. */
export async function ensurePlatform(options: SetupOptions, choice: PlatformChoice): Promise<LabPlatform> {
  const { platform } = choice
  switch (platform) {
    case 'kafka':
      return plainKafka(KAFKA_VERSION)
    case 'kafka-tiered':
      return choice.tieredPlugin === undefined
        ? withReferenceStore(options)
        : withAivenPlugin(choice.tieredPlugin)
    case 'automq':
    case 'automq-router':
      return autoMq(options, choice)
  }
}

const TIERED_NOTE =
  'Segments are 1 MiB, and in drills that break the object store closed after five seconds, so that something is always due for it; they leave the brokers ten seconds after they are there, so that in a drill of minutes a replay finds old records in it. Compacted topics are not tiered.'

async function withReferenceStore(options: SetupOptions): Promise<LabPlatform> {
  const { version, className, classPath } = await ensureTieredStore(options)
  return {
    platform: 'kafka-tiered',
    software: {
      name: `Apache Kafka ${KAFKA_VERSION}, remote log in the lab’s reference store`,
      kind: 'reference',
      notes: [
        `The remote log is kept by the lab’s own reference store, ${version}, which is no product: its speed says nothing about any plugin.`,
        TIERED_NOTE,
      ],
    },
    tier: { plugin: 'reference', className, classPath },
    home: null,
  }
}

async function withAivenPlugin(folder: string): Promise<LabPlatform> {
  const { version } = await findAivenPlugin(folder)
  return {
    platform: 'kafka-tiered',
    software: {
      name: `Apache Kafka ${KAFKA_VERSION}, remote log by Aiven’s plugin ${version ?? 'of unknown version'}`,
      kind: 'product',
      notes: [TIERED_NOTE],
    },
    tier: { plugin: 'aiven', folder },
    home: null,
  }
}

/** A run on a stand-in, where one is allowed, says so wherever it names the platform. */
async function autoMq(options: SetupOptions, { platform, automqDist }: PlatformChoice): Promise<LabPlatform> {
  const distribution = await ensureAutoMq({ dist: automqDist, cwd: process.cwd() }, options)
  if (distribution.kind === 'stand-in' && options.env?.[ALLOW_STAND_IN] !== '1') {
    throw new AftershockError('unavailable', `${distribution.home} is not AutoMQ`, {
      hint: `${distribution.notes.join(' ')} ${AUTOMQ_HOW_TO_GET} To try the lab with this one, set ${ALLOW_STAND_IN}=1: every report then says that it is not AutoMQ.`,
    })
  }
  return {
    platform,
    software: autoMqPlatformSoftware(distribution, platform === 'automq-router'),
    tier: null,
    home: distribution.home,
  }
}
