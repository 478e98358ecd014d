import { z } from 'zod'

const text = z.string()
const texts = z.array(z.string())
const number = z.number()

/** What a run makes in a place that is not its own, and takes away again; by the kind of the journal's line. */
export const placeEvents = {
  'cluster.attached': {
    bootstrap: text,
    clusterId: text.nullable(),
    commandConfig: text.nullable().describe('Where its client properties are; never what stands in them.'),
    variables: texts
      .optional()
      .describe('Names of the variables of the environment by which it logs in; healing needs them too.'),
    brokers: texts.describe('As they advertise themselves: `id host:port`.'),
    topicPrefix: text,
    topics: texts
      .optional()
      .describe(
        'Those that it will make, by names that nobody could guess: in the journal before they are made.',
      ),
    maxBytes: number,
    expectedBytes: number,
  },
  'cluster.topics': {
    ids: z.record(text, text).describe('By name, the ids that brokers gave to the topics that the run made.'),
  },
  'cluster.left': {
    deleted: texts.describe('Topics that the run had made, by their ids.'),
    kept: texts.describe('Topics that were not shown to be the run’s own, or could not be deleted, and why.'),
  },
  'quota.intended': {
    client: text.describe('How all devices of the run call themselves, and nobody else.'),
    bytesPerSecond: number.describe('What each broker is to take from them.'),
  },
  'quota.made': {
    client: text,
    bytesPerSecond: number,
    told: z.boolean().describe('Whether brokers said afterwards that it is in force.'),
    before: texts.describe('Quotas of the cluster’s owner that brokers apply first, where they fit.'),
  },
  'quota.absent': {
    client: text,
    why: text.describe('Why brokers hold the devices to no quota of the run’s.'),
  },
  'quota.removed': { client: text },
  'quota.remains': { client: text, why: text },
  'account.entered': {
    environment: text,
    account: text,
    region: text,
    commandConfig: text.nullable().describe('Where its client properties are; never what stands in them.'),
    clusterId: text.nullable(),
    brokers: texts.describe('`id host`, and the machine that each is on.'),
    clientsOf: z
      .record(text, text)
      .describe('By zone, the machine from which the run’s clients of it connect.'),
    topicPrefix: text,
    leaseMs: number.describe(
      'After which a machine heals itself of what was done on it, whatever became of the run.',
    ),
    heldFor: text
      .optional()
      .describe('Who held the lock for it, and returns it; without one, the run took it itself.'),
    through: z
      .enum(['network', 'sessions'])
      .exactOptional()
      .describe('How agents were reached: from inside the network, or through sessions of Systems Manager.'),
  },
  'account.left': {
    healed: texts.describe('What was still broken when the run left, and was healed then.'),
    left: texts.describe('What is broken all the same.'),
    unlocked: z.boolean().describe('Whether nothing of the run keeps others from the environment.'),
  },
} as const
