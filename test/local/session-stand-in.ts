import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Address } from '../../chaos/core/network.ts'

/**
 * Stands for AWS's session-manager-plugin: it is told of the session in the same variable and by the same arguments, says
 * the same lines, listens on the same name, and goes when the session's channel does. What comes out at the far end is a
 * connection to where the channel's address says.
 */
const PLUGIN = `import { connect, createServer } from 'node:net'
const [first, region, operation, , request, endpoint] = process.argv.slice(2)
if (first === '--version') {
  console.log('VERSION')
  process.exit(0)
}
const answer = JSON.parse(process.env[first] ?? 'null')
if (!answer || !region || operation !== 'StartSession' || !JSON.parse(request).Target || !endpoint) {
  console.log('Cannot perform start session: arguments')
  process.exit(0)
}
const { SessionId, TokenValue, StreamUrl } = answer
console.log('\\nStarting session with SessionId: ' + SessionId)
const url = new URL(StreamUrl)
const channel = connect(Number(url.port), url.hostname)
channel.write(JSON.stringify({ SessionId, TokenValue }) + '\\n')
channel.on('error', () => {})
channel.once('close', () => {
  console.log('\\n\\nExiting session with sessionId: ' + SessionId + '.')
  process.exit(0)
})
channel.once('data', () => {
  const server = createServer(near => {
    const far = connect(Number(url.searchParams.get('port')), url.searchParams.get('host'))
    near.on('error', () => {})
    far.on('error', () => {})
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
    near.pipe(far)
    far.pipe(near)
  })
  server.listen(0, 'localhost', () => {
    process.stdout.write('Port ' + server.address().port + ' opened for sessionId ' + SessionId + '.')
    console.log('\\nWaiting for connections...')
  })
})
`

/** @returns the folder to be put before all others in PATH */
export function installPlugin(dir: string, version = '1.2.764.0'): string {
  const bin = join(dir, 'plugin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'plugin.mjs'), PLUGIN.replace('VERSION', version))
  const file = join(bin, 'session-manager-plugin')
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${join(bin, 'plugin.mjs')}' "$@"\n`)
  chmodSync(file, 0o755)
  return bin
}

interface Session {
  readonly target: string
  readonly token: string
  channel: Socket | null
}

/** What Systems Manager knows of sessions: it begins and ends them, and has a channel to the plugin of each. */
export class SessionStandIn implements AsyncDisposable {
  readonly #server: Server
  readonly #sessions = new Map<string, Session>()
  /** Every session that was begun, by its machine. */
  readonly begun: string[] = []
  /** Of machines that are refused, by what. */
  refused: string | null = null
  /** Where connections of a session with this machine come out; null: it is not known. */
  readonly #to: (target: string) => Address | null
  readonly #document: string

  private constructor(server: Server, document: string, to: (target: string) => Address | null) {
    this.#server = server
    this.#document = document
    this.#to = to
  }

  static async start(document: string, to: (target: string) => Address | null): Promise<SessionStandIn> {
    const server = createServer(channel => standIn.#channel(channel))
    const standIn = new SessionStandIn(server, document, to)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return standIn
  }

  /** Those that have a plugin at this moment, by their machines. */
  get live(): readonly string[] {
    return [...this.#sessions.values()].filter(({ channel }) => channel !== null).map(({ target }) => target)
  }

  /** As `AmazonSSM.<action>` is answered; null: that is none of it. */
  answer(action: string, body: object): { status: number; value: object } | null {
    const { DocumentName, Target = '', SessionId = '' } = body as Record<string, string>
    const refuse = (__type: string) => ({ status: 400, value: { __type, message: 'refused by the test' } })
    if (action === 'AmazonSSM.StartSession') {
      const to = this.#to(Target)
      if (this.refused !== null) return refuse(this.refused)
      if (DocumentName !== this.#document) return refuse('InvalidDocument')
      if (!to) return refuse('TargetNotConnected')
      const [id, token] = [`me-${randomUUID()}`, randomUUID()]
      this.#sessions.set(id, { target: Target, token, channel: null })
      this.begun.push(Target)
      const { port } = this.#server.address() as AddressInfo
      const StreamUrl = `ws://127.0.0.1:${port}/v1/data-channel/${id}?host=${to.host}&port=${to.port}`
      return { status: 200, value: { SessionId: id, TokenValue: token, StreamUrl } }
    }
    if (action !== 'AmazonSSM.TerminateSession') return null
    this.#sessions.get(SessionId)?.channel?.destroy()
    this.#sessions.delete(SessionId)
    return { status: 200, value: { SessionId } }
  }

  /** The sessions with this machine are over, as when its agent of Systems Manager goes. */
  drop(target: string): void {
    for (const session of this.#sessions.values()) if (session.target === target) session.channel?.destroy()
  }

  #channel(channel: Socket): void {
    channel.on('error', () => {})
    channel.once('data', chunk => {
      const { SessionId, TokenValue } = JSON.parse(String(chunk)) as Record<string, string>
      const session = this.#sessions.get(SessionId ?? '')
      if (!session || session.token !== TokenValue) return channel.destroy()
      session.channel = channel
      channel.once('close', () => {
        session.channel = null
      })
      channel.write('opened\n')
      return undefined
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { channel } of this.#sessions.values()) channel?.destroy()
    await new Promise(resolve => this.#server.close(resolve))
  }
}
