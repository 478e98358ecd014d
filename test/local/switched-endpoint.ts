import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Moto } from './moto.ts'

/** A way to the local AWS endpoint that a test opens, shuts and spoils while machines use it. */
export interface SwitchedEndpoint extends AsyncDisposable {
  readonly url: string
  /** `refuses`: connections end without an answer. `lies`: each parameter has the value `lie`. */
  mode: 'passes' | 'refuses' | 'lies'
  readonly asked: number
}

export async function switchedEndpoint(moto: Moto, lie: string): Promise<SwitchedEndpoint> {
  let asked = 0
  const server: Server = createServer((question, answer) => {
    asked++
    const isParameter = String(question.headers['x-amz-target']) === 'AmazonSSM.GetParameter'
    if (made.mode === 'refuses') {
      question.socket.destroy()
    } else if (made.mode === 'lies' && isParameter) {
      answer.setHeader('content-type', 'application/x-amz-json-1.1')
      answer.end(JSON.stringify({ Parameter: { Name: 'x', Type: 'String', Value: lie, Version: 1 } }))
    } else {
      const { method, headers, url } = question
      const onward = request(`${moto.endpoint}${url}`, { method, headers }, reply => {
        answer.writeHead(reply.statusCode ?? 500, reply.headers)
        reply.pipe(answer)
      })
      onward.once('error', () => answer.destroy())
      question.pipe(onward)
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const made: SwitchedEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mode: 'passes',
    get asked() {
      return asked
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return made
}
