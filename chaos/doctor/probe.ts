import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { freemem, platform, release, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import { labOfMachine, otherClients } from '../drivers/index.ts'
import { labAddresses, labBlock, labSockets } from '../platforms/addresses.ts'
import { systemClock } from '../system-clock.ts'
import { type AutoMqFacts, type MachineFacts, type OperatingSystem, operatingSystem } from './machine.ts'
import { availableFromVmStat, goFacts, javaVersion, mavenVersion, openFilesLimit } from './tool-output.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface ProbeOptions {
  readonly env: Environment
  /** Runs are kept in its `runs/` unless told otherwise. */
  readonly cwd: string
  /** Whether a lab of this user is up in this block. @default false */
  readonly labIsUp?: boolean
}

/** Asks the machine. What cannot be found out is reported as absent; nothing is changed. */
export async function probeMachine(options: ProbeOptions): Promise<MachineFacts> {
  const { env, cwd } = options
  const block = labBlock(env)
  const [lab, { findLibrdkafka }] = await Promise.all([labOfMachine(), otherClients()])
  const { java: command, cache, toxiproxy, cached, released, postgres } = await lab.setupFacts(env)
  const [os, java, maven, go, sockets, memory, disks, files, ss, automq, librdkafka] = await Promise.all([
    probeSystem(),
    said(command, ['-version'], env),
    said('mvn', ['--batch-mode', '--version'], env),
    said('go', ['env', 'GOVERSION', 'GOTOOLCHAIN'], env),
    probeSockets(block),
    probeMemory(env),
    Promise.all([probeDisk('the cache', cache), probeDisk('runs', join(cwd, 'runs'))]),
    said('/bin/sh', ['-c', 'ulimit -n'], env),
    said('ss', ['-V'], env),
    probeAutoMq(env, cwd),
    findLibrdkafka(env),
  ])
  const version = javaVersion(java)
  return {
    os,
    node: process.versions.node,
    java: version === null ? null : { version, command },
    maven: mavenVersion(maven),
    go: goFacts(go),
    toxiproxy,
    cached,
    released,
    lab: { block, ...sockets, isUp: options.labIsUp ?? false },
    memoryAvailableBytes: memory,
    disks,
    openFiles: openFilesLimit(files),
    ss: ss?.trim() || null,
    automq,
    postgres,
    chromium: findChromium(env),
    librdkafka: librdkafka?.version ?? null,
  }
}

async function probeAutoMq(env: Environment, cwd: string): Promise<AutoMqFacts | null> {
  try {
    const { findAutoMq } = await labOfMachine()
    return await findAutoMq({ cwd }, { env, clock: systemClock, progress: () => {} })
  } catch (error) {
    if (error instanceof AftershockError) return { flaw: error.message }
    throw error
  }
}

/** Everything that a command printed; null when it is absent, fails, or takes longer than 20 s. */
async function said(command: string, args: readonly string[], env: Environment): Promise<string | null> {
  return new Promise(resolve => {
    execFile(command, args, { env, cwd: tmpdir(), timeout: 20_000 }, (error, stdout, stderr) => {
      resolve(error ? null : stdout + stderr)
    })
  })
}

async function probeSystem(): Promise<OperatingSystem> {
  if (platform() === 'darwin')
    return operatingSystem(
      'darwin',
      (await said('sw_vers', ['-productVersion'], process.env))?.trim() ?? release(),
    )
  const file = '/etc/os-release'
  return operatingSystem(platform(), existsSync(file) ? readFileSync(file, 'utf8') : '')
}

async function probeSockets(block: number): Promise<{ unbindable: string[]; taken: string[] }> {
  const unbindable = new Set<string>()
  const taken: string[] = []
  await Promise.all(
    labSockets(labAddresses(block, 3)).map(async ({ host, port }) => {
      const code = await tryBind(host, port)
      if (code === 'EADDRINUSE') taken.push(`${host}:${port}`)
      else if (code !== null) unbindable.add(host)
    }),
  )
  return { unbindable: [...unbindable].sort(), taken: taken.sort() }
}

async function tryBind(host: string, port: number): Promise<string | null> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}

/** Node knows of container limits on Linux; on macOS it counts only pages that hold nothing at all. */
async function probeMemory(env: Environment): Promise<number> {
  if (platform() === 'darwin') return availableFromVmStat(await said('vm_stat', [], env)) ?? freemem()
  return process.availableMemory?.() ?? freemem()
}

async function probeDisk(holds: string, path: string): Promise<MachineFacts['disks'][number]> {
  let folder = path
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder)
  const { bavail, bsize } = await statfs(folder)
  return { holds, path, freeBytes: bavail * bsize }
}

function findChromium(env: Environment): string | null {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const folders = (env.PATH ?? '').split(':').filter(folder => folder !== '')
  const applications = [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ]
  const candidates = [...folders.flatMap(folder => names.map(name => join(folder, name))), ...applications]
  return candidates.find(candidate => existsSync(candidate)) ?? null
}
