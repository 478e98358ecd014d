import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Platform, PlatformSoftware } from '../../../chaos/core/platform.ts'
import type { HeaderFile } from '../../../chaos/score/evidence-schemas.ts'
import type { Measurements } from '../../../chaos/score/measurements.ts'
import type { Scorecard } from '../../../chaos/score/scorecard.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import { makeRun } from '../../fixtures/run/make-run.ts'

type Header = HeaderFile & { software?: PlatformSoftware }
type Mutable<T> = { -readonly [K in keyof T]: Mutable<T[K]> }

export interface Change {
  readonly header?: (header: Mutable<Header>) => void
  readonly measurements?: (measurements: Mutable<Measurements>) => void
  readonly scorecard?: (scorecard: Mutable<Scorecard>) => void
  /** Files that are not there. */
  readonly without?: readonly string[]
}

export const SOFTWARE: Readonly<Record<Platform, PlatformSoftware>> = {
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
  readonly root: string
  private readonly base: string
  private made = 0

  private constructor(root: string) {
    this.root = root
    this.base = join(root, '.base')
  }

  static async make(): Promise<RunFolders> {
    const folders = new RunFolders(mkdtempSync(join(tmpdir(), 'aftershock-compare-')))
    makeRun(folders.base, { devices: 60, tickMs: 1000 })
    await scoreRun(folders.base)
    return folders
  }

  /** `<root>/<name>/<platform>/<number>`, begun five minutes after the one that was made before it. */
  put(name: string, platform: Platform, number: number, change: Change = {}): string {
    const folder = join(this.root, name, platform, String(number))
    mkdirSync(dirname(folder), { recursive: true })
    cpSync(this.base, folder, { recursive: true })
    writeFileSync(join(folder, 'bundle.json'), `{"run":"${platform}/${number}"}\n`)
    const edit = (file: string, how: (value: never) => void): void => {
      const path = join(folder, file)
      const value = JSON.parse(readFileSync(path, 'utf8')) as never
      how(value)
      writeFileSync(path, JSON.stringify(value))
    }
    const startedAtWallMs = 1_790_000_000_000 + this.made++ * 300_000
    edit('run.json', (header: Mutable<Header>) => {
      Object.assign(header, {
        platform,
        software: SOFTWARE[platform],
        run: `${platform}-${number}`,
        startedAtWallMs,
      })
      change.header?.(header)
    })
    if (change.measurements) edit('measurements.json', change.measurements)
    if (change.scorecard) edit('scorecard.json', change.scorecard)
    for (const file of change.without ?? []) rmSync(join(folder, file))
    return folder
  }

  /** Three runs of each, interleaved. */
  three(
    name: string,
    platforms: readonly Platform[],
    change: (platform: Platform, run: number) => Change = () => ({}),
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
