import { readFileSync } from 'node:fs'
import { packageFile } from '../chaos/package-root.ts'

/** As `chaos/drivers/aws/node-deeds.ts` asks for it. */
export const NODE_DEEDS = ['kill', 'stop', 'pause', 'wipe', 'start', 'link', 'clear', 'heal'] as const
/** What `link` does to links. */
export const LINK_MODES = ['drop', 'refuse', 'reset', 'delay', 'narrow'] as const
const MOST_LEASE_SECONDS = 43_200

const NUMBER = '^[0-9]{1,9}$'
const ONE_LINK = '([0-9]{1,3}[.]){3}[0-9]{1,3}/[0-9]{1,2}[=>][0-9]{2,5}'

/** A command document of schema 2.2: nothing that is given to it is free text. */
export function nodeDocument(): object {
  const script = readFileSync(packageFile('lib', 'assets', 'node-deeds.sh'), 'utf8')
  return {
    schemaVersion: '2.2',
    description:
      'aftershock: holds, kills, stops, freezes or wipes the node on its machine, or breaks its links, with a lease that heals it',
    parameters: {
      Deed: {
        type: 'String',
        allowedValues: [...NODE_DEEDS],
        description: 'start undoes what was done to the node, clear a fault on links, heal all of it',
      },
      LeaseSeconds: {
        type: 'String',
        allowedPattern: '^([6-9][0-9]|[1-9][0-9]{2,3}|[1-3][0-9]{4}|4[0-2][0-9]{3}|43[01][0-9]{2}|43200)$',
        description: `After which the machine heals itself: 60 to ${MOST_LEASE_SECONDS}`,
      },
      Tag: optional('none', '^[a-z0-9-]{1,40}$', 'Of a fault on links: it names its table'),
      Links: optional(
        'none',
        `^(none|${ONE_LINK}(,${ONE_LINK}){0,31})$`,
        'Of it: 10.0.0.0/24=9092 is who reaches a port here, 10.0.0.9/32>9092 whose port is reached from here',
      ),
      Mode: { ...optional('none', undefined, 'Of it'), allowedValues: ['none', ...LINK_MODES] },
      Milliseconds: optional('0', NUMBER, 'Of a delay, or of how long a connection lives'),
      Jitter: optional('0', NUMBER, 'Of a delay, in milliseconds'),
      BytesPerSecond: optional('0', NUMBER, 'Of each narrow link'),
      Share: optional('1000000', NUMBER, 'Of connections that are reset, in a million'),
    },
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'deed',
        precondition: { StringEquals: ['platformType', 'Linux'] },
        inputs: { timeoutSeconds: '300', runCommand: script.split('\n') },
      },
    ],
  }
}

function optional(fallback: string, allowedPattern: string | undefined, description: string): object {
  return { type: 'String', default: fallback, ...(allowedPattern && { allowedPattern }), description }
}
