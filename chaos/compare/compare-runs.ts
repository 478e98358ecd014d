import { relative, sep } from 'node:path'
import { type PlatformId, nameOfId, parsePlatformId, platformId } from '../platforms/platform-id.ts'
import { AftershockError } from '../core/errors.ts'
import { PLATFORM_NAMES, platformTitle } from '../platforms/index.ts'
import { combineVerdicts, type Verdict } from '../core/verdict.ts'
import { MIN_RUNS } from '../score/repeats.ts'
import { type CostBasis, comparedCost } from './compare-cost.ts'
import type { ComparedPlatform, Comparison, Measure } from './comparison.ts'
import { fairness } from './fairness.ts'
import { limitsOf } from './limits.ts'
import { type Question, questionsOf } from './questions.ts'
import type { RunFolder } from './run-folder.ts'
import { type Column, perColumn, recoveryBytes, replayImpact } from './recovery-and-replay.ts'
import { unsealedWords } from './run-seal.ts'
import {
  capAtInconclusive,
  gateRows,
  judgePlatform,
  type PlatformVerdicts,
  verdictRows,
} from './verdict-rows.ts'
import { comparedConfiguration } from './compared-configuration.ts'
import { commonVersions, refuseDifferent, refuseTwice, softwareVersions } from './same-conditions.ts'
import { spreadOf } from './spread.ts'
import { timelinesOf } from './timelines.ts'
import { objectStoreUse, zoneMatrix } from './traffic.ts'

export interface NotRun {
  readonly platform: PlatformId
  readonly reason: string
  readonly hint: string | null
}

export interface CompareInputs {
  /** Absolute; where `comparison.json` will be, since folders of runs are told relative to it. */
  readonly outDir: string
  readonly runs: readonly RunFolder[]
  /** Platforms that were asked for and could not be run. */
  readonly notRun: readonly NotRun[]
  /** Repeats that were asked for; null for runs that existed. */
  readonly asked: number | null
  /** How the order of repeats was chosen; null for runs that existed. */
  readonly rule: string | null
  readonly cost: CostBasis
}

/**
 * Pure: what runs of one drill say about platforms.
 * @throws AftershockError `input` when they are not comparable, naming every difference.
 */
export function compareRuns(inputs: CompareInputs): Comparison {
  const { outDir, runs, asked } = inputs
  const [first] = runs
  if (!first)
    throw new AftershockError('input', 'there is no run to compare', {
      hint: 'give folders of runs, or of repeats; `aftershock run` makes one',
    })
  const dirOf = (run: RunFolder) => relative(outDir, run.path).split(sep).join('/') || '.'
  refuseTwice(runs, dirOf)
  refuseDifferent(runs, dirOf)
  const { header } = first
  const all = columnsOf(runs, inputs.notRun)
  // A platform of which no run could be judged has nothing to show but that.
  const columns = all.filter(column => column.runs.some(run => run.judged !== null))
  const verdicts = new Map(
    columns.map(column => [
      column.platform,
      capAtInconclusive(judgePlatform({ ...column, asked: asked ?? column.runs.length }), column.runs),
    ]),
  )
  const platforms = [
    ...all.map(column => comparedPlatform(column, verdicts.get(column.platform), dirOf)),
    ...inputs.notRun.filter(({ platform }) => !all.some(column => column.platform === platform)).map(absent),
  ].toSorted((a, b) => inOrder(a.platform, b.platform))
  const overall = judge(platforms, unsealed(all))
  const cost = comparedCost(
    platforms.map(({ platform }) => platform),
    columns,
    inputs.cost,
  )
  const fair = fairness(columns, inputs.rule)
  const configuration = comparedConfiguration(all)
  return {
    format: 1,
    ...overall,
    ...conditions(first),
    asked,
    platforms,
    verdicts: verdictRows(runs, verdicts),
    gates: gateRows(verdicts),
    measures: questionsOf(
      header.drill,
      runs.flatMap(({ judged }) => judged?.measurements.faults ?? []),
    ).map(question => answers(question, columns)),
    timelines: timelinesOf(columns.map(column => ({ ...column, dirs: column.runs.map(dirOf) }))),
    replayImpact: replayImpact(header.drill, columns),
    recoveryBytes: recoveryBytes(header.drill, columns),
    zoneMatrix: perColumn(columns, zoneMatrix),
    cost,
    objectStore: perColumn(columns, objectStoreUse),
    fairness: fair,
    configuration,
    notRun: platforms.flatMap(({ platform, name, status, reason, hint }) =>
      status === 'run' ? [] : [{ platform, name, reason: reason ?? 'no run could be judged', hint }],
    ),
    limits: [
      ...limitsOf({ header, platforms, fairness: fair, cost }),
      ...(configuration.why === null ? [] : [configuration.why]),
    ],
  }
}

/** Of a platform that ran, or was asked for, in several versions, each is a column of its own. */
function columnsOf(runs: readonly RunFolder[], notRun: readonly NotRun[]): Column[] {
  const wanted = [...runs, ...notRun.map(({ platform }) => parsePlatformId(platform))]
  return PLATFORM_NAMES.flatMap(platform => {
    const own = runs.filter(run => run.platform === platform)
    const versions = new Set(wanted.flatMap(one => (one?.platform === platform ? [one.version] : [])))
    if (versions.size <= 1) return own.length === 0 ? [] : [{ platform, runs: own }]
    return [...new Set(own.map(run => run.version))].map(version => ({
      platform: platformId({ platform, version }),
      runs: own.filter(run => run.version === version),
    }))
  }).toSorted((a, b) => inOrder(a.platform, b.platform))
}

/** In the order of platforms, and of each platform the older version first. */
function inOrder(a: PlatformId, b: PlatformId): number {
  const place = (id: PlatformId) => PLATFORM_NAMES.indexOf(nameOfId(id))
  return place(a) - place(b) || a.localeCompare(b, 'en', { numeric: true })
}

function comparedPlatform(
  { platform, runs }: Column,
  verdicts: PlatformVerdicts | undefined,
  dirOf: (run: RunFolder) => string,
): ComparedPlatform {
  const [first] = runs
  const failed = verdicts === undefined
  return {
    platform,
    name: platformTitle(platform),
    status: failed ? 'failed' : 'run',
    reason: failed
      ? `none of its ${runs.length} runs could be judged: ${first?.why ?? 'no reason is known'}`
      : null,
    hint: failed && first ? `look at the logs in ${dirOf(first)}` : null,
    software: first ? { ...first.software, notes: [...first.software.notes] } : null,
    versions: first ? softwareVersions(first) : {},
    verdict: verdicts?.verdict ?? null,
    runs: runs.map((run, index) => ({
      number: index + 1,
      dir: dirOf(run),
      run: run.header.run,
      verdict: run.judged?.scorecard.verdict ?? null,
      why: run.why,
      startedAt: new Date(run.header.startedAtWallMs).toISOString(),
      load1: run.header.machine.load1,
      machineLoad: run.judged?.machineLoad ?? null,
      bundleSha256: run.bundleSha256,
      seal: { ...run.seal },
    })),
  }
}

function absent({ platform, reason, hint }: NotRun): ComparedPlatform {
  const names = { platform, name: platformTitle(platform), status: 'not-run' as const, reason, hint }
  return { ...names, software: null, versions: {}, verdict: null, runs: [] }
}

function unsealed(columns: readonly Column[]): string[] {
  return columns.flatMap(({ platform, runs }) => {
    const why = unsealedWords(runs)
    return why === null ? [] : [`${platformTitle(platform)}: ${why}.`]
  })
}

/** A platform that was not run has no part in it; one run on its own is no comparison. */
function judge(
  platforms: readonly ComparedPlatform[],
  doubts: readonly string[],
): Pick<Comparison, 'verdict' | 'reasons'> {
  const ran = platforms.filter(({ status }) => status === 'run')
  const begun = platforms.filter(({ status }) => status !== 'not-run')
  const own = begun.flatMap(({ name, verdict, reason, runs }) =>
    verdict === 'pass' ? [] : [`${name}: ${reason ?? words(verdict, runs)}.`],
  )
  const reasons = [...own, ...doubts]
  if (ran.length < 2) {
    const count = ran.length === 0 ? 'No platform ran' : `Only ${ran[0]?.name} ran`
    return { verdict: 'inconclusive', reasons: [`${count}: that is no comparison.`, ...reasons] }
  }
  return { verdict: combineVerdicts(begun.map(({ verdict }): Verdict => verdict ?? 'inconclusive')), reasons }
}

function words(verdict: Verdict | null, runs: ComparedPlatform['runs']): string {
  const passed = runs.filter(run => run.verdict === 'pass').length
  const few = runs.length < MIN_RUNS ? '' : ', judged together'
  return `${verdict ?? 'inconclusive'} over ${runs.length === 1 ? 'one run' : `${runs.length} runs`}${few} (${passed} pass on their own)`
}

function answers({ ask, ...about }: Question, columns: readonly Column[]): Measure {
  return {
    ...about,
    perPlatform: perColumn(columns, ({ runs }) =>
      spreadOf(
        runs.map((run, index) =>
          run.judged
            ? ask(run.judged, index + 1)
            : { run: index + 1, value: null, why: run.why ?? 'the run was not judged' },
        ),
      ),
    ),
  }
}

function conditions(run: RunFolder): Pick<Comparison, 'drill' | 'drillSha256' | 'seed' | 'common'> {
  const { drill, drillSha256, seed, commit, driver, zones, machine } = run.header
  const { os, arch, cpuModel, cpus, memoryBytes } = machine
  return {
    drill: {
      drill: drill.drill,
      title: drill.title,
      devices: drill.fleet.devices,
      ...(drill.slowAfterMs !== undefined && { slowAfterMs: drill.slowAfterMs }),
    },
    drillSha256,
    seed,
    common: {
      versions: commonVersions(run),
      commit,
      contract: drill.contract.contract,
      timeouts: drill.kafka.timeouts,
      driver,
      zones: [...zones],
      machine: { os, arch, cpuModel, cpus, memoryBytes },
    },
  }
}
