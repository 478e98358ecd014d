import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Moto } from './moto.ts'

/** A way to the local AWS endpoint that fails for the first requests of a service. */
export interface RefusingEndpoint extends AsyncDisposable {
  readonly url: string
  /** Connections that were ended without an answer. */
  readonly refused: Readonly<Record<Service, number>>
}

type Service = 'ssm' | 's3'

/** @param refusals how many requests of each service are not answered; the others go on to moto. */
export async function refusingEndpoint(
  moto: Moto,
  refusals: Readonly<Record<Service, number>>,
): Promise<RefusingEndpoint> {
  const refused = { ssm: 0, s3: 0 }
  const server = createServer((question, answer) => {
    const service = serviceOf(question)
    if (refused[service] < refusals[service]) {
      refused[service]++
      question.socket.destroy()
      return
    }
    const { method, headers } = question
    const onward = request(`${moto.endpoint}${question.url}`, { method, headers }, reply => {
      answer.writeHead(reply.statusCode ?? 500, reply.headers)
      reply.pipe(answer)
    })
    onward.once('error', () => answer.destroy())
    question.pipe(onward)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

const serviceOf = ({ headers }: IncomingMessage): Service =>
  String(headers['x-amz-target']).startsWith('AmazonSSM') ? 'ssm' : 's3'
