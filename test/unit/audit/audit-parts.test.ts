import { deepEqual, equal, match, ok, rejects, throws } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { auditPart, auditRun } from '../../../chaos/audit/audit-run.ts'
import { mergeParts } from '../../../chaos/audit/merge-parts.ts'
import { register } from '../../../chaos/commands/audit.ts'
import { ExitStatus } from '../../../chaos/commands/io.ts'
import { ANOMALIES, type Anomaly, type AuditResult } from '../../../chaos/record/audit-file.ts'
import { type AuditPart, auditPartSchema } from '../../../chaos/record/audit-part.ts'
import { PARTITIONS, plantedRun, type PlantedRun } from './planted-run.ts'

/** Writes the folder of a run with these histories. */
function folderOf(run: PlantedRun): { readonly dir: string } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), 'aftershock-parts-'))
  mkdirSync(join(dir, 'history'), { recursive: true })
  for (const [name, lines] of Object.entries(run))
    writeFileSync(join(dir, name), lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) }
}

/** @returns its exit status */
async function audit(...args: string[]): Promise<number> {
  const sink = { write: () => true }
  const program = new Command().exitOverride()
  register(program, { stdout: sink, stderr: sink, env: {}, cwd: '/', isTerminal: false })
  try {
    await program.parseAsync(['audit', ...args], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof ExitStatus) return error.status
    throw error
  }
}

async function apart(dir: string, count: number): Promise<AuditPart[]> {
  const parts: AuditPart[] = []
  for (let index = 0; index < count; index++)
    // As it comes back from a file.
    parts.push(auditPartSchema.parse(JSON.parse(JSON.stringify(await auditPart(dir, { index, count })))))
  return parts
}

/** Which five of many are shown may differ, and so may their order. */
function comparable({ anomalies, ...result }: AuditResult) {
  const shown = (anomaly: Anomaly) =>
    result.anomalyCounts[anomaly] > 5
      ? anomalies[anomaly]?.length
      : anomalies[anomaly]?.map(one => JSON.stringify(one)).sort()
  return { ...result, anomalies: Object.fromEntries(ANOMALIES.map(anomaly => [anomaly, shown(anomaly)])) }
}

describe('a run whose devices are audited apart', () => {
  it('has, merged, the audit of the whole, whatever went wrong', async () => {
    const met = new Set<string>()
    for (let seed = 0; seed < 20; seed++) {
      using folder = folderOf(plantedRun(seed))
      const whole = await auditRun(folder.dir)
      for (const anomaly of ANOMALIES) if (whole.anomalyCounts[anomaly] > 0) met.add(anomaly)
      for (const [name, number] of Object.entries(whole.counts)) if (number > 0) met.add(name)
      met.add(whole.verdict)
      for (const count of [2, 4])
        deepEqual(
          comparable(mergeParts(await apart(folder.dir, count))),
          comparable(whole),
          `seed ${seed} in ${count} parts`,
        )
    }
    // A test in which nothing goes wrong says nothing.
    for (const anomaly of ['lost-write', 'inconsistent-offsets', 'device-gap', 'device-reorder', 'duplicate'])
      ok(met.has(anomaly), `${anomaly} was never met`)
    for (const anomaly of ['failed-but-stored', 'poll-skip', 'unread', 'commit-ahead', 'removed-in-window'])
      ok(met.has(anomaly), `${anomaly} was never met`)
    for (const name of ['expiredByCompaction', 'dropped', 'foreign', 'unknownStored', 'malformed', 'fail'])
      ok(met.has(name), `${name} was never met`)
  })

  it('passes in parts what passes in one', async () => {
    using folder = folderOf(plantedRun(1, { isSound: true }))
    equal((await auditRun(folder.dir)).verdict, 'pass')
    equal(mergeParts(await apart(folder.dir, 2)).verdict, 'pass')
  })

  it('is open without one of its histories, in each part', async () => {
    const { 'history/gw-b.jsonl': _, ...rest } = plantedRun(1, { isSound: true })
    using folder = folderOf(rest)
    const merged = mergeParts(await apart(folder.dir, 2))
    deepEqual(comparable(merged), comparable(await auditRun(folder.dir)))
    ok(merged.verdict !== 'pass')
    ok(merged.reasons.includes('gateway gw-b left no shard: what it sent is not known'))
  })

  it('is open where a device wrote to a partition that is not its own', async () => {
    const run = plantedRun(1, { isSound: true })
    const moved = JSON.stringify(run).replaceAll('["telemetry",1,', '["telemetry",2,')
    using folder = folderOf(JSON.parse(moved) as PlantedRun)
    const merged = mergeParts(await apart(folder.dir, 2))
    ok(merged.verdict !== 'pass')
    match(merged.reasons.join('\n'), /stand in partitions of another part than theirs \(d\d+\/1 in telemetry/)
  })

  it('keeps the records of its own part only', async () => {
    using folder = folderOf(plantedRun(1, { isSound: true }))
    const [first, second] = await apart(folder.dir, 2)
    const whole = await auditRun(folder.dir)
    const records = (part?: AuditPart) =>
      part?.topics.reduce((sum, { counts }) => sum + counts.records, 0) ?? 0
    ok(records(first) > 0 && records(second) > 0)
    equal(records(first) + records(second), whole.counts.records)
  })

  it('is not merged from parts that do not fit, and says which', async () => {
    using folder = folderOf(plantedRun(1, { isSound: true }))
    using other = folderOf(plantedRun(2, { isSound: true }))
    const [first, second] = (await apart(folder.dir, 2)) as [AuditPart, AuditPart]
    const [stranger] = (await apart(other.dir, 2)) as [AuditPart]
    throws(() => mergeParts([first]), /part 2\/2 is missing/)
    throws(() => mergeParts([first, first]), /part 1\/2 is there twice/)
    throws(() => mergeParts([stranger, second]), /part 2\/2 was read from other files/)
  })

  it('is audited in parts and merged by the command, into the folder that they were read from', async () => {
    using folder = folderOf(plantedRun(1, { isSound: true }))
    using other = folderOf(plantedRun(2, { isSound: true }))
    const files = ['1', '2'].map(number => join(folder.dir, `part-${number}.json`))
    for (const [index, file] of files.entries())
      equal(await audit(folder.dir, '--part', `${index + 1}/2`, '--out', file), 0)
    equal(await audit(folder.dir, '--merge', ...files), 0)
    const merged: unknown = JSON.parse(readFileSync(join(folder.dir, 'audit.json'), 'utf8'))
    deepEqual(merged, await auditRun(folder.dir))
    await rejects(audit(other.dir, '--merge', ...files), /they were not read from/)
    await rejects(audit(folder.dir, '--merge', files[0] as string), /part 2\/2 is missing/)
    await rejects(audit(folder.dir, '--part', '1/2'), /--part goes with --out/)
  })

  it('cannot be divided so that a log is in two parts', async () => {
    using folder = folderOf(plantedRun(1, { isSound: true }))
    await rejects(auditPart(folder.dir, { index: 0, count: 3 }), {
      code: 'usage',
      message: `a run cannot be audited in 3 parts: partitions are ${Object.entries(PARTITIONS)
        .map(([topic, number]) => `${topic} ${number}`)
        .join(', ')}`,
    })
  })
})
