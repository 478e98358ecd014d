import { waitFor } from '../../chaos/core/wait.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import type { RemovalInput } from '../../lib/removal.ts'
import { MOTO_ACCOUNT, type Moto } from './moto.ts'

export interface TemplateResource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
}

/** The resources of a stack's template, as CloudFormation has it. */
export async function templateOf(moto: Moto, stack: string): Promise<readonly TemplateResource[]> {
  const xml = await moto.query('cloudformation', '2010-05-15', 'GetTemplate', { StackName: stack })
  const [, text = ''] = /<TemplateBody>([\s\S]*)<\/TemplateBody>/.exec(xml) ?? []
  const template = JSON.parse(unescaped(text)) as { Resources: Record<string, TemplateResource> }
  return Object.values(template.Resources)
}

const unescaped = (xml: string) =>
  xml
    .replaceAll('&quot;', '"')
    .replaceAll('&#34;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

/** The same removal, with looks as often as moto needs. */
export function impatient(input: string): string {
  const given = JSON.parse(input) as RemovalInput
  return JSON.stringify({ ...given, stacks: given.stacks.map(stack => ({ ...stack, everySeconds: 0 })) })
}

/**
 * Lets moto's interpreter of the States Language run a definition to its end; the services that it calls are moto's own.
 * @throws Error with what ended it, unless it succeeded
 */
export async function runStateMachine(moto: Moto, definition: string, input: string): Promise<void> {
  const answer = await fetch(`${moto.endpoint}/moto-api/config`, {
    method: 'POST',
    body: JSON.stringify({ stepfunctions: { execute_state_machine: true } }),
  })
  if (!answer.ok) throw new Error(`moto took no configuration: ${answer.status}`)
  const { stateMachineArn } = await states<{ stateMachineArn: string }>(moto, 'CreateStateMachine', {
    name: 'as-in-the-template',
    definition,
    roleArn: `arn:aws:iam::${MOTO_ACCOUNT}:role/any`,
  })
  const { executionArn } = await states<{ executionArn: string }>(moto, 'StartExecution', {
    stateMachineArn,
    input,
  })
  const ended = await waitFor(
    'the state machine to end',
    async () => {
      const now = await states<Execution>(moto, 'DescribeExecution', { executionArn })
      return now.status !== 'RUNNING' && now
    },
    { clock: systemClock, deadlineMs: 250_000, everyMs: 500 },
  )
  await states(moto, 'DeleteStateMachine', { stateMachineArn })
  if (ended.status !== 'SUCCEEDED') throw new Error(`${ended.status}: ${ended.error}: ${ended.cause}`)
}

interface Execution {
  readonly status: string
  readonly error?: string
  readonly cause?: string
}

const states = <T>(moto: Moto, action: string, body: object) =>
  moto.json<T>('states', `AWSStepFunctions.${action}`, body)
