import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import type { Clock } from '../../chaos/core/clock.ts'
import { AftershockError } from '../../chaos/core/errors.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { AgentClient } from '../../chaos/drivers/aws/agent/agent-client.ts'
import { AGENT_PORT } from '../../chaos/drivers/aws/agent/agent-protocol.ts'
import { startAgent, type StartedAgent } from '../../chaos/drivers/aws/agent/agent-server.ts'
import type { Reach } from '../../chaos/drivers/aws/reach/reach.ts'
import { reachOf } from '../../chaos/drivers/aws/reach/reach-of.ts'
import { WayWatch } from '../../chaos/drivers/aws/reach/way-watch.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { sessionDocumentName } from '../../lib/drill-access.ts'
import { loadEnvironment } from '../../lib/environment.ts'
import { installPlugin, SessionStandIn } from './session-stand-in.ts'

const KEY = Buffer.from('a-key-of-this-test-and-of-nothing-else')
const HOST = '127.0.0.1'
const MACHINE = { id: 'i-0123456789abcdef0', address: '10.80.0.9', tags: { Name: 'kafka-2' } }

/** The way to an agent through a session: the real agent and client, a program that stands for AWS's plugin. */
describe('agents through sessions of Systems Manager', function () {
  this.timeout(60_000)
  const kept = { ...process.env }
  let dir = ''
  let agent: StartedAgent
  let echo: Server
  let sessions: SessionStandIn
  let api: HttpServer
  let reach: Reach
  let losses: string[] = []
  let aheadMs = 0
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs }

  before(async () => {
    echo = createServer(socket => {
      socket.on('error', () => {})
      socket.pipe(socket)
    })
    await new Promise<void>(resolve => echo.listen(0, HOST, () => resolve()))
    agent = await startAgent({
      name: 'kafka-2',
      host: 'kafka-2.mine',
      key: KEY,
      listen: { host: HOST, port: 0 },
      mark: null,
      logDir: null,
      store: null,
      ports: [echoPort()],
      clock: systemClock,
      log: () => {},
    })
  })
  after(async () => {
    await agent?.[Symbol.asyncDispose]()
    echo?.close()
  })

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'aftershock-sessions-'))
    const document = sessionDocumentName(loadEnvironment('lab'))
    sessions = await SessionStandIn.start(document, id => (id === MACHINE.id ? agent.address : null))
    api = createHttpServer((asked, answer) => {
      const chunks: Buffer[] = []
      asked.on('data', (chunk: Buffer) => chunks.push(chunk))
      asked.once('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>
        const found = sessions.answer(String(asked.headers['x-amz-target']), body)
        const { status, value } = found ?? { status: 400, value: { __type: 'UnknownOperation' } }
        answer.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(value))
      })
    })
    await new Promise<void>(resolve => api.listen(0, HOST, () => resolve()))
    Object.assign(process.env, {
      PATH: `${installPlugin(dir)}:${kept.PATH}`,
      AWS_ENDPOINT_URL_SSM: `http://${HOST}:${(api.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    })
    aheadMs = 0
    reach = await reachOf('sessions', { environment: 'lab', region: 'eu-west-1' }, clock)
    losses = []
    reach.onLoss(why => losses.push(why))
  })
  afterEach(async () => {
    await reach[Symbol.asyncDispose]()
    assert.deepEqual(sessions.live, [], 'a session is left')
    await sessions[Symbol.asyncDispose]()
    api.closeAllConnections()
    api.close()
    for (const name of Object.keys(process.env)) if (!(name in kept)) delete process.env[name]
    Object.assign(process.env, kept)
    rmSync(dir, { recursive: true, force: true })
  })

  const echoPort = () => (echo.address() as AddressInfo).port
  const client = (machine = MACHINE) =>
    new AgentClient({
      name: 'kafka-2',
      address: { host: machine.address, port: AGENT_PORT },
      key: KEY,
      clock: systemClock,
      dial: () => reach.connect(machine, AGENT_PORT),
    })
  const never = new AbortController().signal
  const refusal = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => assert.fail('it went through'),
      (error: unknown) => {
        assert.ok(error instanceof AftershockError && error.code === 'unavailable', String(error))
        return `${error.message}\n${error.hint}`
      },
    )

  it('go over one session for all questions of a machine, and tunnels of brokers with them', async () => {
    const asked = client()
    const looks = await Promise.all([asked.look(), asked.look(), asked.look()])
    assert.deepEqual(
      looks.map(({ name }) => name),
      ['kafka-2', 'kafka-2', 'kafka-2'],
    )
    const tunnel = await asked.tunnel({ host: HOST, port: echoPort() }, never)
    assert.ok(tunnel)
    tunnel.write('through the session')
    const [heard] = (await once(tunnel, 'data')) as [Buffer]
    assert.equal(heard.toString(), 'through the session')
    assert.deepEqual(sessions.begun, [MACHINE.id])
    await reach[Symbol.asyncDispose]()
    assert.deepEqual(sessions.live, [])
    assert.deepEqual(losses, [], 'who ends it loses nothing')
  })

  it('are not there without the plugin, or with one that would show the token to others, and nothing is begun', async () => {
    process.env.PATH = '/usr/bin:/bin'
    const absent = await refusal(client().look())
    assert.match(absent, /session-manager-plugin cannot be started: /)
    assert.match(absent, /\ninstall session-manager-plugin 1\.2\.536\.0 or newer: .*--through network/)
    process.env.PATH = `${installPlugin(dir, '1.2.497.0')}:${kept.PATH}`
    assert.match(
      await refusal(reach.ready()),
      /its version is '1\.2\.497\.0': expected 1\.2\.536\.0 or newer/,
    )
    assert.deepEqual(sessions.begun, [])
    // It is looked for again: somebody may have installed it.
    process.env.PATH = `${installPlugin(dir)}:${kept.PATH}`
    await reach.ready()
    assert.equal((await client().look()).name, 'kafka-2')
  })

  it('say why a session was refused, and what that needs', async () => {
    sessions.refused = 'AccessDeniedException'
    assert.match(
      await refusal(client().look()),
      /no session with i-0123456789abcdef0 was begun: AccessDeniedException: .*\nthese credentials need ssm:StartSession for the document aftershock-lab-agent/,
    )
    sessions.refused = 'InvalidDocument'
    assert.match(await refusal(client().look()), /deploy the environment again, it makes it/)
    sessions.refused = null
    const unknown = client({ ...MACHINE, id: 'i-00000000000000000' })
    assert.match(await refusal(unknown.look()), /TargetNotConnected[^]*does not answer Systems Manager/)
  })

  it('are told to be lost when a session ends with connections over it, and go over another one afterwards', async () => {
    const asked = client()
    const tunnel = await asked.tunnel({ host: HOST, port: echoPort() }, never)
    assert.ok(tunnel)
    const closed = once(tunnel, 'close')
    sessions.drop(MACHINE.id)
    await closed
    await waitFor('the loss to be told', () => losses.length > 0, { clock: systemClock, deadlineMs: 10_000 })
    assert.match(losses.join('\n'), /^the session with kafka-2 ended while it was used \(.*Exiting session/)
    assert.equal((await asked.look()).name, 'kafka-2')
    assert.deepEqual(sessions.begun, [MACHINE.id, MACHINE.id])
  })

  it('are begun again without a word when a session ended that nobody was on', async () => {
    const asked = client()
    const socket = await reach.connect(MACHINE, AGENT_PORT)
    socket.destroy()
    await once(socket, 'close')
    aheadMs = 60_000
    sessions.drop(MACHINE.id)
    await waitFor('the session to be gone', () => sessions.live.length === 0, {
      clock: systemClock,
      deadlineMs: 10_000,
    })
    await waitFor(
      'another session',
      () =>
        asked.look().then(
          () => sessions.begun.length === 2,
          () => false,
        ),
      {
        clock: systemClock,
        deadlineMs: 10_000,
      },
    )
    assert.deepEqual(losses, [])
  })

  it('go when whoever goes through them is killed', async () => {
    const program = `
import { reachOf } from ${JSON.stringify(packageFile('chaos/drivers/aws/reach/reach-of.ts'))}
import { systemClock } from ${JSON.stringify(packageFile('chaos/system-clock.ts'))}
const reach = await reachOf('sessions', { environment: 'lab', region: 'eu-west-1' }, systemClock)
await reach.connect(${JSON.stringify(MACHINE)}, ${AGENT_PORT})
console.log('connected')
setInterval(() => {}, 1000)
`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      cwd: packageFile(''),
      env: process.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await once(child.stdout, 'data')
      assert.deepEqual(sessions.live, [MACHINE.id])
    } finally {
      child.kill('SIGKILL')
    }
    await waitFor('its plugin to be gone', () => sessions.live.length === 0, {
      clock: systemClock,
      deadlineMs: 10_000,
    })
  })

  it('are watched: an agent that is not heard of is told once, and how long an answer takes is known', async () => {
    const silent = createServer(() => {})
    await new Promise<void>(resolve => silent.listen(0, HOST, () => resolve()))
    const address = silent.address() as AddressInfo
    const mute = new AgentClient({
      name: 'kafka-3',
      address: { host: HOST, port: address.port },
      key: KEY,
      clock: systemClock,
    })
    const told: string[] = []
    {
      await using watch = new WayWatch({
        agents: new Map([
          ['kafka-2', client()],
          ['kafka-3', mute],
        ]),
        clock: systemClock,
        onSilence: why => told.push(why),
        silentMs: 1000,
        everyMs: 50,
      })
      await waitFor('silence to be told', () => told.length > 0, { clock: systemClock, deadlineMs: 30_000 })
      assert.ok(watch.slowestMs() >= 1000)
      assert.match(told.join('\n'), /^the agent of kafka-3 has not answered for \d+ s: /)
      silent.close()
      silent.unref()
    }
    assert.equal(told.length, 1)
  })
})
