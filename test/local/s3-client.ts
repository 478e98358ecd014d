import { type Agent, type ClientRequest, type IncomingHttpHeaders, request as httpRequest } from 'node:http'
import { storeLink } from '../../chaos/core/topology.ts'
import { DATA_BUCKET, STORE_REGION } from '../../chaos/drivers/local/store/store-runtime.ts'
import { canonicalQuery, sha256, signedHeaders } from '../../chaos/net/s3-signature.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import type { TestStore } from './test-store.ts'

export interface S3Question {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD'
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | string
  /** What is signed in place of the body. */
  readonly payload?: string
  /** Asks for leave to send the body, and sends it only then. */
  readonly expect?: true
}
export interface S3Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** How often the server said to go on. */
  readonly continues: number
}

/** A client in a zone, as far as these tests need one: what it sends is signed, and goes over the zone's link. */
export class S3Client {
  private readonly store: TestStore
  private readonly zone: string
  private readonly agent: Agent
  private readonly secret: string

  constructor(store: TestStore, zone: string, agent: Agent, secret = store.credentials.secretAccessKey) {
    this.store = store
    this.zone = zone
    this.agent = agent
    this.secret = secret
  }

  /** Rejects when no answer comes. With `sendBody` the body is the caller's to send, or to break off. */
  send(question: S3Question, sendBody?: (request: ClientRequest) => void): Promise<S3Answer> {
    const { method, key, query, body = '', expect } = question
    const path = `/${DATA_BUCKET}/${key}`
    const address = this.store.layout.addressOf(storeLink(this.zone))
    const signed = signedHeaders(
      {
        method,
        path,
        ...(query && { query }),
        headers: { host: 's3.lab:7070', ...question.headers },
        payload: question.payload ?? sha256(body),
      },
      { accessKeyId: this.store.credentials.accessKeyId, secretAccessKey: this.secret, region: STORE_REGION },
      systemClock.wallMs(),
    )
    return new Promise((resolve, reject) => {
      let continues = 0
      const request = httpRequest({
        ...address,
        method,
        path: query ? `${path}?${canonicalQuery(query)}` : path,
        headers: {
          ...signed,
          'content-length': Buffer.byteLength(body),
          ...(expect && { expect: '100-continue' }),
        },
        agent: this.agent,
        setHost: false,
      })
      request.on('error', reject)
      request.on('continue', () => {
        continues++
        if (expect) request.end(body)
      })
      request.on('response', response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
            continues,
          }),
        )
      })
      if (sendBody) sendBody(request)
      else if (!expect) request.end(body)
      else request.flushHeaders()
    })
  }

  put(key: string, body: Buffer | string): Promise<S3Answer> {
    return this.send({ method: 'PUT', key, body })
  }

  get(key: string, headers: Readonly<Record<string, string>> = {}): Promise<S3Answer> {
    return this.send({ method: 'GET', key, headers })
  }
}

export const codeOf = ({ body }: S3Answer): string | undefined =>
  /<Code>([^<]+)<\/Code>/.exec(body.toString())?.[1]
