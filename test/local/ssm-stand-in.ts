import { randomUUID } from 'node:crypto'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Moto } from './moto.ts'
import type { SessionStandIn } from './session-stand-in.ts'

/** What the stacks deploy, as far as it is asked for here. */
interface CommandDocument {
  readonly parameters: Readonly<
    Record<
      string,
      {
        readonly allowedValues?: readonly string[]
        readonly allowedPattern?: string
        readonly default?: string
      }
    >
  >
  readonly mainSteps: readonly { readonly inputs: { readonly runCommand: readonly string[] } }[]
}

interface Sent {
  readonly DocumentName: string
  readonly InstanceIds?: readonly string[]
  /** By tags: all that it knows, in these tests. */
  readonly Targets?: readonly object[]
  readonly Parameters: Readonly<Record<string, readonly string[]>>
}

interface Invocation {
  Status: string
  StandardOutputContent: string
  StandardErrorContent: string
}

export interface SsmStandIn extends AsyncDisposable {
  readonly url: string
  /** What was done, in order: `kill i-0123`. */
  readonly done: readonly string[]
}

const isFailed = (status: string): boolean => status === 'Failed'

/** What a document does on a machine that is given these parameters. */
export function scriptOf(document: object, given: Readonly<Record<string, string>>): string {
  const { mainSteps, parameters } = document as CommandDocument
  return (mainSteps[0]?.inputs.runCommand ?? [])
    .join('\n')
    .replaceAll(/\{\{ (\w+) \}\}/g, (_, name: string) => given[name] ?? parameters[name]?.default ?? '')
}

/**
 * Systems Manager, as far as it has documents done: it holds parameters to what the document allows, and runs the very
 * script of it on the machine. Everything else it hands on to the local endpoint.
 */
export async function ssmStandIn(
  moto: Moto,
  documents: Readonly<Record<string, object>>,
  runOn: (machine: string, script: string) => Promise<string>,
  knows: (machine: string) => boolean,
  sessions: Pick<SessionStandIn, 'answer'>,
  all: () => readonly string[],
): Promise<SsmStandIn> {
  const invocations = new Map<string, Invocation>()
  /** On how many machines each is done. */
  const commands = new Map<string, number>()
  const done: string[] = []
  const server: Server = createServer((asked, answer) => {
    const target = String(asked.headers['x-amz-target'])
    const chunks: Buffer[] = []
    asked.on('data', (chunk: Buffer) => chunks.push(chunk))
    asked.once('end', () => {
      const body = Buffer.concat(chunks)
      const reply = (status: number, value: object) => {
        answer.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
        answer.end(JSON.stringify(value))
      }
      if (target === 'AmazonSSM.SendCommand') return send(JSON.parse(body.toString()) as Sent, reply)
      if (target === 'AmazonSSM.GetCommandInvocation') {
        const { CommandId } = JSON.parse(body.toString()) as { CommandId: string }
        const found = invocations.get(CommandId)
        return found ? reply(200, found) : reply(400, { __type: 'InvocationDoesNotExist' })
      }
      if (target === 'AmazonSSM.ListCommands') {
        const { CommandId } = JSON.parse(body.toString()) as { CommandId: string }
        return reply(200, { Commands: [{ CommandId, ...summary(CommandId) }] })
      }
      const ofSession = sessions.answer(
        target,
        body.length === 0 ? {} : (JSON.parse(body.toString()) as object),
      )
      if (ofSession) return reply(ofSession.status, ofSession.value)
      const { method, headers, url } = asked
      const onward = request(`${moto.endpoint}${url}`, { method, headers }, from => {
        answer.writeHead(from.statusCode ?? 500, from.headers)
        from.pipe(answer)
      })
      onward.once('error', () => answer.destroy())
      onward.end(body)
    })
  })

  function send(sent: Sent, reply: (status: number, value: object) => void): void {
    const document = documents[sent.DocumentName] as CommandDocument | undefined
    const machines = sent.InstanceIds ?? all()
    if (!document) return reply(400, { __type: 'InvalidDocument' })
    if (!machines.every(knows)) return reply(400, { __type: 'InvalidInstanceId' })
    const given = Object.fromEntries(
      Object.entries(sent.Parameters).map(([name, [value = '']]) => [name, value]),
    )
    const problem = Object.entries(document.parameters).find(([name, one]) => {
      const { allowedValues, allowedPattern } = one
      const value = given[name] ?? one.default ?? ''
      return (
        (allowedValues && !allowedValues.includes(value)) ||
        (allowedPattern && !new RegExp(allowedPattern).test(value))
      )
    })
    const unknown = Object.keys(sent.Parameters).find(name => !document.parameters[name])
    if (problem || unknown)
      return reply(400, { __type: 'InvalidParameters', Message: String(problem?.[0] ?? unknown) })
    const id = randomUUID()
    const script = scriptOf(document, given)
    for (const machine of machines) done.push(`${sent.Parameters.Deed?.[0]} ${machine}`)
    reply(200, { Command: { CommandId: id, DocumentName: sent.DocumentName } })
    commands.set(id, machines.length)
    // As there, nothing is known of it for a moment.
    for (const [index, machine] of machines.entries()) {
      const key = machines.length === 1 ? id : `${id} ${index}`
      runOn(machine, script).then(
        out =>
          invocations.set(key, { Status: 'Success', StandardOutputContent: out, StandardErrorContent: '' }),
        (error: unknown) =>
          invocations.set(key, {
            Status: 'Failed',
            StandardOutputContent: '',
            StandardErrorContent: String(error),
          }),
      )
    }
  }

  function summary(id: string) {
    const TargetCount = commands.get(id) ?? 0
    const ended = [...invocations].filter(([key]) => key.startsWith(id)).map(([, one]) => one.Status)
    const Status = ended.length < TargetCount ? 'InProgress' : ended.some(isFailed) ? 'Failed' : 'Success'
    return { Status, TargetCount, CompletedCount: ended.length, ErrorCount: ended.filter(isFailed).length }
  }

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    done,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
