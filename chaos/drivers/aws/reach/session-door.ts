import type { Clock } from '../../../core/clock.ts'
import { AftershockError, messageOf } from '../../../core/errors.ts'
import { within } from '../../../core/wait.ts'
import type { StartedSession } from './session-plugin.ts'

/** As `lib/drill-access.ts` makes it: a session that leads to the port of agents, and nowhere else. */
export const sessionDocument = (environment: string): string => `aftershock-${environment}-agent`

/** Sessions of Systems Manager, as far as they are begun and ended. */
export interface SessionDoor extends Disposable {
  /** @throws AftershockError `unavailable`, with what it needs */
  start(machine: string): Promise<StartedSession>
  /** May be repeated. */
  terminate(session: string): Promise<void>
}

const CALL_MS = 30_000

/** With the credentials that the SDK finds. */
export async function sessionDoor(region: string, environment: string, clock: Clock): Promise<SessionDoor> {
  const ssm = await import('@aws-sdk/client-ssm')
  const client = new ssm.SSMClient({ region, maxAttempts: 4, retryMode: 'adaptive' })
  const DocumentName = sessionDocument(environment)
  return {
    async start(Target) {
      const asked = client.send(
        new ssm.StartSessionCommand({ Target, DocumentName, Reason: 'a drill asks the agent there' }),
      )
      try {
        const { SessionId, TokenValue, StreamUrl } = await within(`a session with ${Target}`, asked, {
          clock,
          deadlineMs: CALL_MS,
        })
        if (SessionId && TokenValue && StreamUrl) return { SessionId, TokenValue, StreamUrl }
        throw new AftershockError('unavailable', `ssm:StartSession answered without a session for ${Target}`)
      } catch (error) {
        if (error instanceof AftershockError) throw error
        const name = error instanceof Error ? error.name : 'unknown'
        throw new AftershockError(
          'unavailable',
          `no session with ${Target} was begun: ${name}: ${messageOf(error)}`,
          { hint: hintFor(name, DocumentName), cause: error },
        )
      }
    },
    async terminate(SessionId) {
      await within(
        `the end of session ${SessionId}`,
        client.send(new ssm.TerminateSessionCommand({ SessionId })),
        {
          clock,
          deadlineMs: CALL_MS,
        },
      )
    },
    [Symbol.dispose]: () => client.destroy(),
  }
}

function hintFor(name: string, document: string): string {
  if (name === 'TargetNotConnected')
    return 'the machine does not answer Systems Manager: it has just started, or its agent is not there'
  if (name === 'InvalidDocument')
    return `there is no document ${document}: deploy the environment again, it makes it`
  if (/AccessDenied|Unauthorized/.test(name))
    return `these credentials need ssm:StartSession for the document ${document} and for machines with the tags of the environment (docs/drills-on-aws.md)`
  return 'credentials, or Systems Manager itself; it is tried again when it is asked again'
}
