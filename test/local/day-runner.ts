import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { loadDrill } from '../../chaos/drill/load-drill.ts'
import { digestOfDay, loadCalendar } from '../../chaos/gameday/calendar.ts'
import { approveDay } from '../../chaos/gameday/day-approval.ts'
import { dayFiles } from '../../chaos/gameday/day-files.ts'
import { argumentsOf, findByArgument, signalProcess } from '../../chaos/machine/process-table.ts'
import type { ProcessIdentity } from '../../chaos/core/process-identity.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { formatEnvelope } from '../../chaos/seal/dsse.ts'
import { readSealingKey } from '../../chaos/seal/keys.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { deployedPlace } from '../../lib/deployed-place.ts'
import { loadEnvironment } from '../../lib/environment.ts'
import { approvalParameter, taskParameter } from '../../lib/gamedays/names.ts'
import type { Moto } from './moto.ts'
import { deployNode, sha256, TestMachine, upload } from './moto-node.ts'
import { run } from './run-program.ts'

export const EVIDENCE = 'evidence'

/** A drill that stops a broker, and nothing else; `for` says how long. */
const stopDrill = (name: string, seconds: number): string => `drill: ${name}
title: A broker is stopped in order
contract: ../contracts/fleet.yaml
fleet: { devices: 60 }
steadyState:
  - { probe: nodes-answering, equals: 3 }
timeline:
  - { at: 10s, fault: broker-stop, id: stop, target: { zone: az-b }, withinMs: 30000, for: ${seconds}s }
settle: 3s
gates:
  - { gate: acked-loss, atMost: 0 }
`

/** A signed approval of a day of this calendar, in the name of `as`. */
export async function approvalOf(calendar: string, id: string, as: string, keyFile: string): Promise<string> {
  const { days } = await loadCalendar(calendar)
  const day = days.find(one => one.id === id)
  if (!day) throw new Error(`no day is called ${id}`)
  const { sha256: drill } = await loadDrill(day.drill, dirname(calendar))
  const signer = { name: as, key: readSealingKey(keyFile) }
  return formatEnvelope(approveDay(day, digestOfDay(day, drill), signer, systemClock.wallMs()))
}

export interface CalendarDay {
  readonly id: string
  /** How long a broker is stopped. */
  readonly seconds: number
  readonly approvers?: readonly string[]
}

/** A calendar whose window is open, with its drills; keys of who may approve are there already. @returns its file */
export function writeCalendar(folder: string, environment: string, days: readonly CalendarDay[]): string {
  for (const name of ['drills', 'contracts', 'people']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'contracts', 'fleet.yaml'), readFileSync(packageFile('contracts', 'fleet.yaml')))
  const since = new Date(systemClock.wallMs() - 600_000).toISOString()
  const lines = days.map(({ id, seconds, approvers = [] }) => {
    writeFileSync(join(folder, 'drills', `${id}.yaml`), stopDrill(id, seconds))
    return `  - id: ${id}
    at: '${since}'
    lasts: 4h
    drill: drills/${id}.yaml
    environment: ${environment}
    owner: Dana
    hypothesis: Losing a broker of az-b loses nothing that was acknowledged.
    expectedCostUsd: 1
    blastRadius: { zones: [az-b], faults: [broker-stop] }
    approvers: [${approvers.join(', ')}]
`
  })
  const file = join(folder, 'gamedays.yaml')
  writeFileSync(file, `calendar: Fleet platform\ndays:\n${lines.join('')}`)
  return file
}

/** What the stack of game days deploys for its runner, in the bucket and as parameters. */
export class DayRunner implements AsyncDisposable {
  readonly #machine: TestMachine
  readonly #moto: Moto
  readonly name: string

  private constructor(moto: Moto, name: string) {
    this.#moto = moto
    this.name = name
    this.#machine = new TestMachine(moto, name, false)
  }

  /** @param environment the path of its file */
  static async deploy(moto: Moto, name: string, environment: string, calendar: string): Promise<DayRunner> {
    const runner = new DayRunner(moto, name)
    const config = loadEnvironment(environment)
    const { files, calendar: named } = await dayFiles(calendar, config.environment)
    const daysFile = join(moto.dir, `${name}.json`)
    writeFileSync(
      daysFile,
      JSON.stringify({ format: 1, calendar: named, files, place: deployedPlace(config) }),
    )
    const program = execFileSync(process.execPath, [packageFile('lib', 'assets', 'stage-runner.mjs')])
      .toString()
      .trim()
    await deployNode(moto, moto.dir, {
      name,
      files: {},
      settings: {
        NODE_ROLE: 'runner',
        LOG_GROUP: '',
        PROGRAM_URI: await upload(moto, program, 'runner.tar.gz'),
        PROGRAM_SHA256: sha256(program),
        GAME_DAYS_URI: await upload(moto, daysFile, `${name}.json`),
        GAME_DAYS_SHA256: sha256(daysFile),
        TASK_PARAMETER: taskParameter(config.environment),
        APPROVALS_PATH: approvalParameter(config.environment, '').replace(/\/$/, ''),
        EVIDENCE_URI: `s3://${EVIDENCE}/${config.environment}/runs`,
        DAYS_DIR: runner.folder,
        SEALED_DAYS: '30',
        LIFE_MINUTES: '60',
      },
    })
    return runner
  }

  /** Where its days are. */
  get folder(): string {
    return join(this.#moto.dir, `${this.name}-days`)
  }

  get output(): string {
    return this.#machine.output
  }

  boot(env: NodeJS.ProcessEnv): void {
    this.#machine.boot(this.name, env)
  }

  /** Its processes by the word after `gameday`. */
  process(verb: 'attend' | 'run'): ProcessIdentity | undefined {
    const program = join(this.#machine.base, 'program', 'dist', 'cli.js')
    return findByArgument(program).find(({ pid }) => {
      const words = argumentsOf(pid)
      return words[words.indexOf('gameday') + 1] === verb
    })
  }

  /** As EC2 ends a machine. */
  async [Symbol.asyncDispose](): Promise<void> {
    const attends = this.process('attend')
    await this.#machine.shutDown().catch(() => {})
    for (const left of [attends, this.process('run')]) if (left) signalProcess(left, 'SIGKILL')
    await this.#machine[Symbol.asyncDispose]()
  }
}

/** The bucket of evidence, which locks. */
export async function makeEvidenceBucket(moto: Moto): Promise<void> {
  const made = await run(
    'aws',
    ['s3api', 'create-bucket', '--bucket', EVIDENCE, '--object-lock-enabled-for-bucket', ...LOCATION],
    moto.env,
  )
  if (made.status !== 0) throw new Error(made.stderr)
}

const LOCATION = ['--create-bucket-configuration', 'LocationConstraint=eu-west-1']
