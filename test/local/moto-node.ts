import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { ProcessIdentity } from '../../chaos/core/process-identity.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { findAlive, findByArgument, identityOf, signalProcess } from '../../chaos/machine/process-table.ts'
import { endProcess } from '../../chaos/drivers/local/lab/supervisor.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { bootstrapScript } from '../../lib/constructs/bootstrap-script.ts'
import { userDataScript } from '../../lib/constructs/user-data.ts'
import type { Moto } from './moto.ts'

/** Everything here gives way to labs that run beside it. One that fails is noticed at once. */
const DEADLINE_MS = 270_000

const BUCKET = 'assets'
const VOLUME = 'vol-0123456789abcdef0'

export interface NodeDeployment {
  readonly name: string
  readonly settings: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, string>>
}

/** The script of all parts, as a file in `folder`. */
export function bootstrapFile(folder: string): string {
  const file = join(folder, 'bootstrap.sh')
  writeFileSync(file, bootstrapScript())
  return file
}

/** A machine that boots: folders instead of its root and its devices, and the output of its user data. */
export class TestMachine implements AsyncDisposable {
  readonly root: string
  /** Of the run that was started last. */
  output = ''
  exitCode: number | null = null
  readonly #moto: Moto
  readonly #dir: string
  readonly #mounts: boolean
  #child: ChildProcess | undefined
  #supervisor: ProcessIdentity | undefined

  /** @param mounts whether this system lets the test mount a disk in a mount namespace of its own. */
  constructor(moto: Moto, name: string, mounts: boolean) {
    this.#moto = moto
    this.#mounts = mounts
    this.#dir = join(moto.dir, name)
    this.root = join(this.#dir, 'root')
    mkdirSync(join(this.#dir, 'devices'), { recursive: true })
  }

  get data(): string {
    return join(this.root, 'var', 'lib', 'aftershock')
  }

  get base(): string {
    return join(this.root, 'opt', 'aftershock')
  }

  get disk(): string {
    return join(this.#dir, 'disk.img')
  }

  /** What a deployment leaves for this machine: the script in the bucket, settings and files as parameters. */
  async deploy({ settings, ...rest }: NodeDeployment): Promise<void> {
    const volume: Record<string, string> = this.#mounts ? { VOLUME_ID: VOLUME } : {}
    await deployNode(this.#moto, this.#dir, { ...rest, settings: { ...volume, ...settings } })
  }

  /** A new disk of zeros, attached or not. */
  createDisk(): void {
    closeSync(openSync(this.disk, 'w'))
    truncateSync(this.disk, 1024 ** 3)
  }

  attachDisk(): void {
    symlinkSync(
      this.disk,
      join(this.#dir, 'devices', `nvme-Amazon_Elastic_Block_Store_${VOLUME.replace('-', '')}`),
    )
  }

  /** Everything on the machine but its disk is gone: the next boot is that of another machine in the same slot. */
  replaceMachine(): void {
    rmSync(this.root, { recursive: true, force: true })
  }

  /** Runs user data as it is, but for where the root of the machine is. */
  boot(name: string, env: NodeJS.ProcessEnv = {}): void {
    const script = join(this.#dir, 'user-data.sh')
    writeFileSync(script, userDataScript(`/test/${name}`).replaceAll('/opt/aftershock', this.base))
    mkdirSync(this.root, { recursive: true })
    // What is mounted in a namespace of its own is unmounted when the last of its processes ends.
    const [program, ...args] = [...(this.#mounts ? MOUNT_NAMESPACE : []), 'bash', script]
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...this.#moto.env,
        AFTERSHOCK_ROOT: this.root,
        AFTERSHOCK_DEVICES: join(this.#dir, 'devices'),
        // Nobody tells this machine of itself.
        AFTERSHOCK_METADATA: 'http://127.0.0.1:9',
        AFTERSHOCK_WAIT_SECONDS: '60',
        ...env,
      },
    })
    this.output = ''
    this.exitCode = null
    const collect = (chunk: Buffer) => {
      this.output += chunk.toString()
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('close', code => {
      // One that crashed may be noticed only when the next one runs already.
      if (this.#child === child) this.exitCode = code ?? -1
    })
    this.#child = child
    this.#supervisor = identityOf(child.pid as number)
  }

  /** Resolves when the output says so; fails early if the script ends first. */
  async said(what: RegExp): Promise<RegExpExecArray> {
    return waitFor(`the bootstrap to say ${what}`, () => this.#look(what), {
      clock: systemClock,
      deadlineMs: DEADLINE_MS,
      everyMs: 50,
    })
  }

  #look(what: RegExp): RegExpExecArray | undefined {
    const found = what.exec(this.output)
    if (!found && this.exitCode !== null)
      throw new Error(`the bootstrap ended with ${this.exitCode} before it said ${what}:\n${this.output}`)
    return found ?? undefined
  }

  async ended(): Promise<number> {
    return waitFor('the bootstrap to end', () => this.exitCode ?? undefined, {
      clock: systemClock,
      deadlineMs: DEADLINE_MS,
      lastSeen: () => this.output.slice(-2000),
    })
  }

  /** The node's process, known by an argument that no other process has. */
  node(): ProcessIdentity | undefined {
    const config = join(this.base, 'config')
    const marks = [
      `-Dlog4j2.configurationFile=${join(config, 'log4j2.properties')}`,
      `-Dlog4j.configuration=file:${join(config, 'log4j.properties')}`,
      join(this.base, 'aftershock.mjs'),
    ]
    return marks.flatMap(mark => findByArgument(mark))[0]
  }

  kill(): ProcessIdentity {
    const node = this.node()
    if (!node) throw new Error(`no node is running:\n${this.output}`)
    signalProcess(node, 'SIGKILL')
    return node
  }

  /** As systemd or a person would end it. */
  async shutDown(): Promise<number> {
    if (this.#supervisor) signalProcess(this.#supervisor, 'SIGTERM')
    return this.ended()
  }

  /** Power off: nothing gets a chance to finish. */
  async crash(): Promise<void> {
    for (const process of [this.#supervisor, this.node()])
      if (process && findAlive(process)) await endProcess(process, 'SIGKILL', 0, systemClock)
    const late = this.node()
    if (late) await endProcess(late, 'SIGKILL', 0, systemClock)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.crash()
  }
}

/** What the stacks leave for a node. */
export async function deployNode(moto: Moto, dir: string, node: NodeDeployment): Promise<void> {
  const { name, settings, files } = node
  const path = `/test/${name}`
  const script = bootstrapFile(dir)
  const all: Record<string, string> = {
    AWS_REGION: moto.env.AWS_REGION ?? '',
    PARAMETER_PATH: path,
    BOOTSTRAP_URI: await upload(moto, script, 'bootstrap.sh'),
    BOOTSTRAP_SHA256: sha256(script),
    FILES: Object.keys(files).join(' '),
    NODE_NAME: name,
    NODE_ZONE: 'az-a',
    ...settings,
  }
  const env = Object.entries(all).map(([key, value]) => `${key}='${value}'\n`)
  await putParameter(moto, `${path}/node.env`, env.join(''))
  const signals = ['next', 'serves'].map(signal => `${signal} ${moto.endpoint}/${signalKey(name, signal)}\n`)
  await putParameter(moto, `${path}/signals`, signals.join(''))
  for (const [file, text] of Object.entries(files)) await putParameter(moto, `${path}/${file}`, text)
}

/** Where a machine says to CloudFormation that it serves: a presigned address of S3, for which an object stands here. */
export function signalKey(node: string, signal: string): string {
  return `${BUCKET}/signals/${node}-${signal}`
}

export const MOUNT_NAMESPACE = ['unshare', '--mount', '--propagation', 'private'] as const

/** Calls of moto itself instead of the AWS CLI, whose every start takes a second of CPU. */
export async function putParameter(moto: Moto, name: string, value: string): Promise<void> {
  await moto.json('ssm', 'AmazonSSM.PutParameter', {
    Name: name,
    Value: value,
    Type: 'String',
    Overwrite: true,
  })
}

/** A new value of the secret `name`, which is made if it is not there. @returns its ARN. */
export async function putSecret(moto: Moto, name: string, text: string): Promise<string> {
  const token = createHash('sha256').update(`${name} ${text}`).digest('hex')
  const value = { SecretString: text, ClientRequestToken: token }
  const call = (action: string, body: object) =>
    moto.json<{ ARN: string }>('secretsmanager', `secretsmanager.${action}`, { ...body, ...value })
  try {
    return (await call('PutSecretValue', { SecretId: name })).ARN
  } catch {
    return (await call('CreateSecret', { Name: name })).ARN
  }
}

export async function deleteSecret(moto: Moto, name: string): Promise<void> {
  const body = { SecretId: name, ForceDeleteWithoutRecovery: true }
  await moto.json('secretsmanager', 'secretsmanager.DeleteSecret', body)
}

export async function upload(moto: Moto, file: string, key: string): Promise<string> {
  await moto.put(
    BUCKET,
    Buffer.from(
      `<CreateBucketConfiguration><LocationConstraint>${moto.env.AWS_REGION}</LocationConstraint></CreateBucketConfiguration>`,
    ),
  )
  await moto.put(`${BUCKET}/${key}`, readFileSync(file))
  return `s3://${BUCKET}/${key}`
}

export function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
