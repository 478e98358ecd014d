import { z } from 'zod'
import { messageOf } from '../../../core/errors.ts'
import type { Address } from '../../../core/network.ts'
import { callOverHttp, type HttpQuestion } from '../../../net/http-call.ts'

export const SINK_CLASS = 'org.apache.kafka.connect.file.FileStreamSinkConnector'

const status = z.object({
  connector: z.object({ state: z.string() }),
  tasks: z.array(
    z.object({
      id: z.number().optional(),
      state: z.string(),
      worker_id: z.string().optional(),
      trace: z.string().optional(),
    }),
  ),
})

/** As the worker says it, which may be seconds old, and RUNNING is no progress: rows of the sink are. */
export interface ConnectorStatus {
  readonly connector: string
  readonly tasks: readonly string[]
}

/** A task's state with where it runs, and why it failed. */
export interface TaskStatus {
  readonly id: number
  readonly state: string
  readonly worker: string
  readonly trace: string
}

export interface Said {
  readonly done: boolean
  readonly said: string
}

/** How far a source came in one of its partitions, as a mirror keeps it. */
export interface SourceOffset {
  readonly topic: string
  readonly partition: number
  /** Of the last record that was copied. */
  readonly offset: number
}

const sourceOffsets = z.object({
  offsets: z.array(
    z.object({
      partition: z.object({ topic: z.string(), partition: z.number() }),
      offset: z.object({ offset: z.number() }).nullable(),
    }),
  ),
})

export interface ConnectRest {
  /** While it starts, connections are refused, then every page is a 404. */
  ready(): Promise<Said>
  /** Made, or as it is wanted already; refused while the group rebalances. */
  configure(name: string, config: Readonly<Record<string, string>>): Promise<Said>
  /** null: no such connector, or no answer in time. */
  status(name: string, timeoutMs: number): Promise<ConnectorStatus | null>
  /** The same with all that is said of each task. */
  tasks(
    name: string,
    timeoutMs: number,
  ): Promise<{ readonly state: string; readonly tasks: readonly TaskStatus[] } | null>
  /** Something that the connector is to do: `PUT` or `POST` below its name. Refused while the group rebalances. */
  command(method: 'PUT' | 'POST', name: string, what: string): Promise<Said>
  /** A connector that is made and does not run yet; done as well when it is there. */
  createStopped(name: string, config: Readonly<Record<string, string>>): Promise<Said>
  /** Where a source of a mirror goes on from; it must be stopped. */
  setOffsets(name: string, offsets: readonly object[]): Promise<Said>
  /** Of a source of a mirror; null: no such connector, or no answer in time. */
  sourceOffsets(name: string, timeoutMs: number): Promise<readonly SourceOffset[] | null>
}

/** A worker's REST interface, asked directly and not over links. */
export function connectRest(address: Address): ConnectRest {
  const ask = async (path: string, timeoutMs: number, question: Partial<HttpQuestion> = {}) => {
    try {
      const answer = await callOverHttp(address, { ...question, path: `/connectors${path}`, timeoutMs })
      return { ok: answer.ok, text: answer.text, status: `HTTP ${answer.status}` }
    } catch (error) {
      return { ok: false, text: '', status: messageOf(error) }
    }
  }
  const statusOf = async (name: string, timeoutMs: number) => {
    const answer = await ask(`/${name}/status`, timeoutMs)
    const parsed = answer.ok ? status.safeParse(json(answer.text)) : null
    return parsed?.success ? parsed.data : null
  }
  return {
    async ready() {
      const { ok, status: said } = await ask('', 2000)
      return { done: ok, said }
    },
    async configure(name, config) {
      const answer = await ask(`/${name}/config`, 10_000, {
        method: 'PUT',
        headers: JSON_BODY,
        body: JSON.stringify(config),
      })
      return { done: answer.ok, said: `${answer.status} ${answer.text.slice(0, 500)}` }
    },
    async status(name, timeoutMs) {
      const said = await statusOf(name, timeoutMs)
      return said && { connector: said.connector.state, tasks: said.tasks.map(task => task.state) }
    },
    async tasks(name, timeoutMs) {
      const said = await statusOf(name, timeoutMs)
      return (
        said && {
          state: said.connector.state,
          tasks: said.tasks.map(({ id = 0, state, worker_id: worker = '', trace = '' }) => ({
            id,
            state,
            worker,
            trace: causeOf(trace),
          })),
        }
      )
    },
    async command(method, name, what) {
      const answer = await ask(`/${name}/${what}`, 10_000, { method })
      return { done: answer.ok, said: `${answer.status} ${answer.text.slice(0, 300)}` }
    },
    async createStopped(name, config) {
      const answer = await ask('', 10_000, {
        method: 'POST',
        headers: JSON_BODY,
        body: JSON.stringify({ name, config, initial_state: 'STOPPED' }),
      })
      const isThere = answer.status === 'HTTP 409' && answer.text.includes('already exists')
      return { done: answer.ok || isThere, said: `${answer.status} ${answer.text.slice(0, 500)}` }
    },
    async setOffsets(name, offsets) {
      const answer = await ask(`/${name}/offsets`, 20_000, {
        method: 'PATCH',
        headers: JSON_BODY,
        body: JSON.stringify({ offsets }),
      })
      return { done: answer.ok, said: `${answer.status} ${answer.text.slice(0, 500)}` }
    },
    async sourceOffsets(name, timeoutMs) {
      const answer = await ask(`/${name}/offsets`, timeoutMs)
      const parsed = answer.ok ? sourceOffsets.safeParse(json(answer.text)) : null
      if (!parsed?.success) return null
      return parsed.data.offsets.flatMap(({ partition, offset }) =>
        offset === null ? [] : [{ ...partition, offset: offset.offset }],
      )
    },
  }
}

const JSON_BODY = { 'content-type': 'application/json' } as const

const LONGEST_CAUSE = 300

/** The innermost cause: around it every task says that it ended "due to unrecoverable exception". */
function causeOf(trace: string): string {
  const causes = [...trace.matchAll(/^Caused by: (.*)$/gm)].map(([, cause = '']) => cause)
  return (causes.at(-1) ?? trace.split('\n', 1)[0] ?? '').slice(0, LONGEST_CAUSE)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
