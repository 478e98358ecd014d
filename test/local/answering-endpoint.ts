import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Moto } from './moto.ts'

/** What is answered instead of moto's answer, in the shape that AWS's documentation gives. */
export interface PlannedAnswer {
  readonly status: number
  readonly body: string
}

/** A way to the local AWS endpoint, on which some actions are answered by the test: what moto does not know, or will not refuse. */
export interface AnsweringEndpoint extends AsyncDisposable {
  readonly url: string
  /** Actions that were asked for, in order: `GetServiceQuota`. */
  readonly asked: readonly string[]
  /** By the name of the action; S3 has none: its GET of `/bucket?encryption` is `encryption`. */
  answers: Readonly<Record<string, PlannedAnswer | undefined>>
}

export async function answeringEndpoint(moto: Moto): Promise<AnsweringEndpoint> {
  const asked: string[] = []
  const server = createServer((question, answer) => {
    let body = ''
    question.setEncoding('latin1')
    question.on('data', chunk => {
      body += String(chunk)
    })
    question.on('end', () => {
      const action = actionOf(question, body)
      asked.push(action)
      const planned = endpoint.answers[action]
      if (planned) {
        answer.writeHead(planned.status, { 'content-type': kindOf(planned.body) }).end(planned.body)
        return
      }
      const { method, headers } = question
      const onward = request(`${moto.endpoint}${question.url}`, { method, headers }, reply => {
        answer.writeHead(reply.statusCode ?? 500, reply.headers)
        reply.pipe(answer)
      })
      onward.once('error', () => answer.destroy())
      onward.end(Buffer.from(body, 'latin1'))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const endpoint: AnsweringEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answers: {},
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return endpoint
}

function actionOf({ headers, url = '' }: IncomingMessage, body: string): string {
  const target = headers['x-amz-target']
  if (typeof target === 'string') return target.split('.').at(-1) ?? ''
  const { searchParams } = new URL(url, 'http://localhost')
  return new URLSearchParams(body).get('Action') ?? [...searchParams.keys()][0] ?? url
}

const kindOf = (body: string) => (body.startsWith('{') ? 'application/x-amz-json-1.1' : 'text/xml')

/** As AWS refuses who has no right to ask, in each of its three shapes. */
export const DENIED = {
  json: {
    status: 400,
    body: '{"__type":"AccessDeniedException","Message":"User: me is not authorized to perform it"}',
  },
  query: {
    status: 403,
    body: '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: me is not authorized to perform it</Message></Error><RequestId>1</RequestId></ErrorResponse>',
  },
  ec2: {
    status: 403,
    body: '<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation.</Message></Error></Errors><RequestID>1</RequestID></Response>',
  },
  s3: {
    status: 403,
    body: '<Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>1</RequestId></Error>',
  },
} as const

/** https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html */
export function quotaAnswer(value: number): PlannedAnswer {
  return {
    status: 200,
    body: JSON.stringify({ Quota: { ServiceCode: 'ec2', QuotaCode: 'L-1', Value: value } }),
  }
}
