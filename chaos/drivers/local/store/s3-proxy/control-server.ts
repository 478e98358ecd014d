import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { messageOf } from '../../../../core/errors.ts'
import type { Injections } from './injections.ts'
import { clearInjection, putInjection, type StoreUse } from './protocol.ts'

export interface Controlled {
  readonly injections: Injections
  readonly use: () => Promise<StoreUse>
}

/** The control interface, on a port of its own. It can change what the proxy does, and knows nothing of the proofs. */
export function controlServer(controlled: Controlled): Server {
  return createServer((request, response) => {
    answer(controlled, request).then(
      body => (body ? send(response, 200, body) : send(response, 404, { error: 'there is no such thing' })),
      (error: unknown) =>
        send(response, error instanceof z.ZodError ? 400 : 500, { error: messageOf(error) }),
    )
  })
}

async function answer({ injections, use }: Controlled, request: IncomingMessage): Promise<object | null> {
  const { method, url = '/' } = request
  if (method === 'GET' && url === '/use') return use()
  if (method === 'GET' && url === '/injections') return injections.inForce()
  const tag = /^\/injections\/([^/?]+)$/.exec(url)?.[1]
  if (tag === undefined) return null
  const name = decodeURIComponent(tag)
  switch (method) {
    case 'PUT': {
      const { zones, injection } = putInjection.parse(await json(request))
      injections.put(zones, name, injection)
      return {}
    }
    case 'DELETE':
      injections.clear(clearInjection.parse(await json(request)).zones, name)
      return {}
    default:
      return injections.injected(name)
  }
}

async function json(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString())
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
