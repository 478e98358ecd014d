import { z } from 'zod'
import { messageOf } from '../../../core/errors.ts'
import type { Address } from '../../../core/network.ts'
import { callOverHttp, type HttpQuestion } from '../../../net/http-call.ts'

export const SINK_CLASS = 'org.apache.kafka.connect.file.FileStreamSinkConnector'

const status = z.object({
  connector: z.object({ state: z.string() }),
  tasks: z.array(z.object({ state: z.string() })),
})

/** As the worker says it, which may be seconds old, and RUNNING is no progress: rows of the sink are. */
export interface ConnectorStatus {
  readonly connector: string
  readonly tasks: readonly string[]
}

export interface Said {
  readonly done: boolean
  readonly said: string
}

export interface ConnectRest {
  /** While it starts, connections are refused, then every page is a 404. */
  ready(): Promise<Said>
  /** Made, or as it is wanted already; refused while the group rebalances. */
  configure(name: string, config: Readonly<Record<string, string>>): Promise<Said>
  /** null: no such connector, or no answer in time. */
  status(name: string, timeoutMs: number): Promise<ConnectorStatus | null>
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
  return {
    async ready() {
      const { ok, status: said } = await ask('', 2000)
      return { done: ok, said }
    },
    async configure(name, config) {
      const answer = await ask(`/${name}/config`, 10_000, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(config),
      })
      return { done: answer.ok, said: `${answer.status} ${answer.text.slice(0, 500)}` }
    },
    async status(name, timeoutMs) {
      const answer = await ask(`/${name}/status`, timeoutMs)
      if (!answer.ok) return null
      const parsed = status.safeParse(json(answer.text))
      if (!parsed.success) return null
      const { connector, tasks } = parsed.data
      return { connector: connector.state, tasks: tasks.map(task => task.state) }
    },
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
