import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import type { Contract } from '../core/contract.ts'
import { type Drill, drillSchema, type EntrySchemas, type TimelineEntry } from '../core/drill.ts'
import { AftershockError } from '../core/errors.ts'
import { gatesOfBounds } from '../core/regions.ts'
import { gatesOfUpgrade } from '../core/upgrade.ts'
import { ACTIONS } from '../actions/index.ts'
import { FAULTS } from '../faults/index.ts'
import { GATES } from '../numbers/index.ts'
import { connectorProblems, connectorsProblems, crossCheck, processorProblems } from './cross-checks.ts'
import { loadContract } from './load-contract.ts'
import { conditionProblems, gateLimitProblems } from './gate-checks.ts'
import { inputError, type Problem } from './problem.ts'
import { regionProblems } from './region-checks.ts'
import { schemaProblems } from './schema-problems.ts'
import { securityProblems } from './security-checks.ts'
import { findDrill, shownPath } from './shipped-drills.ts'
import { inOrderOfTime, type ParsedEntry, toEntry } from './timeline.ts'
import { upgradeProblems } from './upgrade-checks.ts'
import { PLATFORM_NAMES } from '../platforms/index.ts'
import { readYaml, type YamlSource } from './yaml-source.ts'

export interface LoadedDrill {
  readonly drill: Drill
  /** Absolute. */
  readonly path: string
  /** Of the drill file's bytes, in hex. */
  readonly sha256: string
}

/** The whole schema of a drill file: every fault and every action there is. */
export const DRILL_SCHEMA = drillSchema(
  Object.fromEntries([...FAULTS].map(([kind, fault]) => [kind, fault.spec])) as EntrySchemas,
  Object.fromEntries([...ACTIONS].map(([kind, action]) => [kind, action.spec])) as EntrySchemas,
  [...GATES.keys()],
  PLATFORM_NAMES,
)
type ParsedDrill = z.output<typeof DRILL_SCHEMA>

const MORE =
  'docs/writing-a-drill.md explains every key, and `aftershock schema drill` prints them for your editor.'

/**
 * Reads a drill and its contract. `nameOrPath` is a file, or the name of a drill that we ship.
 * @throws AftershockError `input` with every problem of the file, each with its line and column.
 */
export async function loadDrill(nameOrPath: string, cwd = process.cwd()): Promise<LoadedDrill> {
  const path = await findDrill(nameOrPath, cwd)
  const source = await readYaml(path, shownPath(path, cwd))
  const parsed = DRILL_SCHEMA.safeParse(source.value)
  if (!parsed.success) throw inputError(schemaProblems(source, DRILL_SCHEMA, parsed.error.issues), MORE)

  const contract = await contractOf(source, parsed.data, path, cwd)
  const entries = (parsed.data.timeline as ParsedEntry[]).map(toEntry)
  const problems: Problem[] = [
    ...crossCheck(source, parsed.data.drill, entries, parsed.data.gates, contract),
    ...connectorProblems(source, parsed.data.connector, contract),
    ...connectorsProblems(source, parsed.data, contract),
    ...processorProblems(source, parsed.data, contract),
    ...regionProblems(source, parsed.data, entries),
    ...upgradeProblems(source, parsed.data, entries),
    ...securityProblems(source, parsed.data, entries, contract),
    ...gateLimitProblems(source, parsed.data.gates),
    ...conditionProblems(source, 'steadyState', parsed.data.steadyState),
    ...conditionProblems(source, 'abort', parsed.data.abort),
  ]
  if (problems.length > 0) throw inputError(problems, MORE)
  return { drill: toDrill(parsed.data, contract, entries), path, sha256: source.sha256 }
}

/** A contract that is not there is the drill's fault; one that is wrong is its own. */
async function contractOf(
  source: YamlSource,
  parsed: ParsedDrill,
  drillPath: string,
  cwd: string,
): Promise<Contract> {
  const path = resolve(dirname(drillPath), parsed.contract)
  try {
    return await loadContract(path, shownPath(path, cwd))
  } catch (error) {
    if (!(error instanceof AftershockError) || error.cause === undefined) throw error
    throw inputError(
      [source.problemAt(['contract'], error.message, 'contract: ../contracts/fleet.yaml')],
      MORE,
    )
  }
}

function toDrill(parsed: ParsedDrill, contract: Contract, entries: readonly TimelineEntry[]): Drill {
  const failsOver = entries.some(({ kind }) => kind === 'fail-over')
  return {
    drill: parsed.drill,
    title: parsed.title,
    contract,
    seed: String(parsed.seed),
    ...(parsed.platforms && { platforms: parsed.platforms }),
    fleet: parsed.fleet,
    kafka: parsed.kafka,
    ...(parsed.connector && { connector: parsed.connector }),
    ...(parsed.connectors && { connectors: parsed.connectors }),
    ...(parsed.processor && { processor: parsed.processor }),
    ...(parsed.regions && { regions: parsed.regions }),
    ...(parsed.upgrade && { upgrade: parsed.upgrade }),
    ...(parsed.security && { security: parsed.security }),
    ...(parsed.slowAfterMs !== undefined && { slowAfterMs: parsed.slowAfterMs }),
    warmUpMs: parsed.warmUp,
    steadyState: parsed.steadyState,
    timeline: inOrderOfTime(entries),
    settleMs: parsed.settle,
    abort: parsed.abort,
    // What is promised of regions and of an upgrade is judged as every other promise.
    gates: [
      ...parsed.gates,
      ...(parsed.regions ? gatesOfBounds(parsed.regions.bounds, failsOver) : []),
      ...(parsed.upgrade ? gatesOfUpgrade(parsed.upgrade.bounds) : []),
    ],
  }
}
