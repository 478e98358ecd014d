import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../../chaos/core/wait.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { endServer, freePort, type Moto, type PythonTools } from './moto.ts'

/** ministack with heartbeats, and with calls of every service; those go to moto. */
const SERVER = packageFile('test', 'local', 'ministack-server.py')
const REGION = 'eu-west-1'

/** One call of a state machine, with the state that made it. */
export interface MadeCall {
  readonly state: string
  readonly machine: string
  readonly call: string
  readonly parameters: Readonly<Record<string, unknown>>
}

export interface Execution {
  readonly status: string
  readonly error?: string
  readonly cause?: string
  readonly output?: string
}

/** Step Functions and Scheduler on this machine, whose state machines call a moto. */
export interface Ministack extends AsyncDisposable {
  readonly endpoint: string
  /** @returns the ARN of the machine */
  create(name: string, definition: object): Promise<string>
  /** @returns the ARN of the execution */
  start(machine: string, input: object, name?: string): Promise<string>
  execution(arn: string): Promise<Execution>
  ended(arn: string): Promise<Execution>
  states(action: string, body: object): Promise<unknown>
  schedules(): Promise<readonly string[]>
  /** Starts a machine once, at that time in UTC. */
  schedule(
    name: string,
    expression: string,
    target: { readonly arn: string; readonly input: object; readonly group?: string },
  ): Promise<void>
  unschedule(name: string, group: string): Promise<void>
  /** Of a machine, the newest first. */
  executions(machine: string): Promise<readonly string[]>
  /** Makes one, unless it is there. */
  scheduleGroup(name: string): Promise<void>
  calls(): readonly MadeCall[]
  /** Forgets every machine, execution and schedule. */
  reset(): Promise<void>
  /** Calls of these states fail from now on; the calls that were made are forgotten. */
  begin(fails?: readonly string[]): void
}

export interface MinistackOptions {
  /** Where documents are done. @default moto, which does none */
  readonly ssm?: string | undefined
  /** Where functions of Lambda answer. @default there is none */
  readonly functions?: string
  /** Whether a state that waits does so: what is looked at in between takes its time. @default it goes on at once */
  readonly waits?: boolean
}

export async function startMinistack(
  tools: PythonTools,
  moto: Moto,
  { ssm, functions, waits = false }: MinistackOptions = {},
): Promise<Ministack> {
  const dir = mkdtempSync(join(tmpdir(), 'aftershock-ministack-'))
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const log = join(dir, 'ministack.log')
  const output = openSync(log, 'a')
  const server = spawn(join(tools.bin, 'python'), [SERVER, String(port), moto.endpoint, dir], {
    stdio: ['ignore', output, output],
    env: {
      PATH: process.env.PATH,
      HOME: dir,
      TMPDIR: dir,
      AWS_REGION: REGION,
      SFN_WAIT_SCALE: waits ? '1' : '0',
      ...(ssm && { SSM_ENDPOINT: ssm }),
      ...(functions && { LAMBDA_ENDPOINT: functions }),
    },
  })
  const ask = async (service: string, path: string, init: RequestInit) => {
    const answer = await fetch(`${endpoint}${path}`, {
      ...init,
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        ...(init.headers as Record<string, string> | undefined),
        authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      },
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${service} ${path}: HTTP ${answer.status}: ${text.slice(0, 1000)}`)
    return text === '' ? {} : (JSON.parse(text) as unknown)
  }
  const states = (action: string, body: object) =>
    ask('states', '/', {
      method: 'POST',
      headers: { 'x-amz-target': `AWSStepFunctions.${action}` },
      body: JSON.stringify(body),
    })
  const execution = async (executionArn: string) =>
    (await states('DescribeExecution', { executionArn })) as Execution
  const ministack: Ministack = {
    endpoint,
    states,
    execution,
    async create(name, definition) {
      const made = await states('CreateStateMachine', {
        name,
        definition: JSON.stringify(definition),
        roleArn: 'arn:aws:iam::000000000000:role/any',
      })
      return (made as { stateMachineArn: string }).stateMachineArn
    },
    async start(stateMachineArn, input, name) {
      const started = await states('StartExecution', {
        stateMachineArn,
        input: JSON.stringify(input),
        ...(name !== undefined && { name }),
      })
      return (started as { executionArn: string }).executionArn
    },
    ended: arn =>
      waitFor(
        'the state machine to end',
        async () => {
          const now = await execution(arn)
          return now.status !== 'RUNNING' && now
        },
        { clock: systemClock, deadlineMs: 120_000, everyMs: 100 },
      ),
    async schedules() {
      const { Schedules } = (await ask('scheduler', '/schedules', { method: 'GET' })) as {
        Schedules: { Name: string }[]
      }
      return Schedules.map(({ Name }) => Name)
    },
    async schedule(name, expression, { arn, input, group }) {
      const body = JSON.stringify({
        ScheduleExpression: expression,
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        ...(group !== undefined && { GroupName: group }),
        Target: {
          Arn: arn,
          RoleArn: 'arn:aws:iam::000000000000:role/any',
          Input: JSON.stringify(input),
        },
      })
      await ask('scheduler', `/schedules/${name}`, { method: 'POST', body })
    },
    async unschedule(name, group) {
      await ask('scheduler', `/schedules/${name}?groupName=${group}`, { method: 'DELETE' })
    },
    async executions(stateMachineArn) {
      const { executions } = (await states('ListExecutions', { stateMachineArn })) as {
        executions: { executionArn: string }[]
      }
      return executions.map(({ executionArn }) => executionArn)
    },
    async scheduleGroup(name) {
      const known = (await ask('scheduler', '/schedule-groups', { method: 'GET' })) as {
        ScheduleGroups: { Name: string }[]
      }
      if (known.ScheduleGroups.some(group => group.Name === name)) return
      await ask('scheduler', `/schedule-groups/${name}`, { method: 'POST', body: '{}' })
    },
    calls() {
      const path = join(dir, 'calls.jsonl')
      if (!existsSync(path)) return []
      return readFileSync(path, 'utf8')
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line) as MadeCall)
    },
    async reset() {
      await ask('states', '/_ministack/reset', { method: 'POST' })
    },
    begin(fails = []) {
      writeFileSync(join(dir, 'fails.json'), JSON.stringify(fails))
      rmSync(join(dir, 'calls.jsonl'), { force: true })
    },
    async [Symbol.asyncDispose]() {
      await endServer(server)
      rmSync(dir, { recursive: true, force: true })
    },
  }
  const answers = async () => {
    if (server.exitCode !== null)
      throw new Error(`ministack ended: ${readFileSync(log, 'utf8').slice(-2000)}`)
    return fetch(`${endpoint}/_ministack/health`).then(
      answer => answer.ok,
      () => false,
    )
  }
  try {
    await waitFor('ministack to answer', answers, { clock: systemClock, deadlineMs: 60_000, everyMs: 200 })
    return ministack
  } catch (error) {
    await ministack[Symbol.asyncDispose]()
    throw error
  }
}
