import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { PlatformName } from '../../../chaos/platforms/index.ts'
import { GENESIS } from '../../../chaos/record/journal-events.ts'
import type { PlatformSoftware } from '../../../chaos/record/platform-software.ts'
import { formatEnvelope, makeEnvelope } from '../../../chaos/seal/dsse.ts'
import { closeStatement, PAYLOAD_TYPE, type Statement } from '../../../chaos/seal/in-toto.ts'
import { sealRun } from '../../../chaos/seal/seal.ts'
import { openBundle } from '../../../chaos/seal/bundle.ts'
import type { HeaderFile } from '../../../chaos/record/run-header.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import type { Scorecard } from '../../../chaos/record/scorecard.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import { makeRun } from '../../fixtures/run/make-run.ts'
import { keptFolder } from '../../temporary.ts'

type Header = HeaderFile & { software?: PlatformSoftware }
type Mutable<T> = { -readonly [K in keyof T]: Mutable<T[K]> }

export interface Change {
  readonly header?: (header: Mutable<Header>) => void
  readonly measurements?: (measurements: Mutable<Measurements>) => void
  readonly scorecard?: (scorecard: Mutable<Scorecard>) => void
  /** Files that are not there; without `bundle.json` it is not sealed. */
  readonly without?: readonly string[]
}

export const SOFTWARE: Readonly<Record<PlatformName, PlatformSoftware>> = {
  kafka: { name: 'Apache Kafka 4.3.1', kind: 'product', notes: [] },
  'kafka-tiered': {
    name: 'Apache Kafka 4.3.1, remote log in the lab’s reference store',
    kind: 'reference',
    notes: ['The remote log manager is the lab’s own reference, not a product.'],
  },
  automq: {
    name: 'a stand-in with AutoMQ’s layout',
    kind: 'stand-in',
    notes: ['Nothing it does is AutoMQ’s doing.'],
  },
  'automq-router': { name: 'a stand-in', kind: 'stand-in', notes: [] },
}

/** Runs that were judged, made from one that was made and scored once; each differs only in what a test says. */
export class RunFolders implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'aftershock-compare-'))
  private readonly base: Base
  private made = 0

  private constructor(base: Base) {
    this.base = base
  }

  static async make(): Promise<RunFolders> {
    return new RunFolders(await (baseOfAll ??= makeBase()))
  }

  /** `<root>/<name>/<platform>/<number>`, begun five minutes after the one that was made before it. */
  put(name: string, platform: PlatformName, number: number, change: Change = {}): string {
    const folder = join(this.root, name, platform, String(number))
    mkdirSync(dirname(folder), { recursive: true })
    cpSync(this.base.folder, folder, { recursive: true })
    const edit = (file: string, how: (value: never) => void): void => {
      const path = join(folder, file)
      const value = JSON.parse(readFileSync(path, 'utf8')) as never
      how(value)
      writeFileSync(path, JSON.stringify(value))
    }
    const startedAtWallMs = 1_790_000_000_000 + this.made++ * 300_000
    const run = `${platform}-${number}`
    editJournal(folder, event =>
      event.kind === 'run.started' ? { ...event, run: `${run} of ${name}` } : event,
    )
    edit('run.json', (header: Mutable<Header>) => {
      Object.assign(header, {
        platform,
        // Tests change the headers of runs.
        software: structuredClone(SOFTWARE[platform]),
        run,
        startedAtWallMs,
      })
      change.header?.(header)
    })
    if (change.measurements) edit('measurements.json', change.measurements)
    if (change.scorecard) edit('scorecard.json', change.scorecard)
    const without = change.without ?? []
    for (const file of without) rmSync(join(folder, file))
    if (!without.includes('bundle.json')) this.seal(folder)
    return folder
  }

  /** Seals a folder as it is now, unsigned: at once, so that making runs stays plain. */
  seal(folder: string): void {
    const { sealedBy, shards, signer, journal, format } = this.base.sealed.predicate
    const header = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as Header
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .filter(name => name !== 'bundle.json')
      .sort()
    const { verdict, rows } = files.includes('scorecard.json')
      ? (JSON.parse(readFileSync(join(folder, 'scorecard.json'), 'utf8')) as Scorecard)
      : { verdict: null, rows: [] }
    const last = readFileSync(join(folder, 'journal.jsonl'), 'utf8').trimEnd().split('\n').at(-1) ?? ''
    const statement = closeStatement(
      files.map(name => ({ name, digest: { sha256: sha256(readFileSync(join(folder, name))) } })),
      {
        format,
        run: {
          id: header.run,
          drill: header.drill.drill,
          drillSha256: header.drillSha256,
          seed: header.seed,
          platform: header.platform,
          driver: header.driver,
          startedAt: new Date(header.startedAtWallMs).toISOString(),
          versions: header.versions,
          commit: header.commit,
        },
        verdict,
        rows: rows.map(row => ({ dimension: row.dimension, verdict: row.verdict })),
        journal: { ...journal, head: sha256(last) },
        shards,
        sealedBy,
        signer,
      },
    )
    const payload = Buffer.from(JSON.stringify(statement))
    writeFileSync(join(folder, 'bundle.json'), formatEnvelope(makeEnvelope(PAYLOAD_TYPE, payload, null)))
  }

  /** Three runs of each, interleaved. */
  three(
    name: string,
    platforms: readonly PlatformName[],
    change: (platform: PlatformName, run: number) => Change = () => ({}),
  ): string[] {
    const runs = [1, 2, 3].flatMap(number =>
      platforms.map(platform => ({
        platform,
        number,
        folder: this.put(name, platform, number, change(platform, number)),
      })),
    )
    return platforms.flatMap(platform => runs.filter(run => run.platform === platform).map(run => run.folder))
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true })
  }
}

interface Base {
  readonly folder: string
  readonly sealed: Statement
}
let baseOfAll: Promise<Base> | undefined

async function makeBase(): Promise<Base> {
  const folder = keptFolder('compared')
  makeRun(folder, { devices: 60, tickMs: 2000, shards: (name, lines) => whole(name, lines) })
  for (const name of ['tail', 'recovery', 'stored']) {
    const path = join(folder, 'history', `${name}.jsonl`)
    writeLines(path, whole(`${name}.jsonl`, readLines(path)))
  }
  await scoreRun(folder)
  await sealRun(folder)
  return { folder, sealed: (await openBundle(join(folder, 'bundle.json'))).statement }
}

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

const readLines = (path: string): object[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as object)

const writeLines = (path: string, lines: readonly object[]): void =>
  writeFileSync(path, lines.map(line => `${JSON.stringify(line)}\n`).join(''))

/** A shard as a process leaves it: bounds where it read everything, and an end with count and digest. */
function whole(name: string, lines: readonly object[]): object[] {
  const end = lines.at(-1)
  const bounds = { kind: 'bounds', t: 230_000, partitions: [['telemetry', 0, 0, 0]] }
  const body = [...lines.slice(0, -1), ...(name === 'stored.jsonl' ? [bounds] : [])]
  const text = body.map(line => `${JSON.stringify(line)}\n`).join('')
  return [...body, { ...end, lines: body.length, sha256: sha256(text) }]
}

/** Changes events, and chains the journal anew. */
function editJournal(folder: string, edit: (event: Record<string, unknown>) => object): void {
  const path = join(folder, 'journal.jsonl')
  let prev = GENESIS
  const lines = readLines(path).map(event => {
    const text = JSON.stringify({ ...edit(event as Record<string, unknown>), prev })
    prev = sha256(text)
    return `${text}\n`
  })
  writeFileSync(path, lines.join(''))
}
