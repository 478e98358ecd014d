import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { auditHistoryFile } from '../chaos/audit/audit-history.ts'
import { auditPart, auditRun } from '../chaos/audit/audit-run.ts'
import { chunksOf, eachLine, textOf } from '../chaos/audit/line-reader.ts'
import { generateOpen, generateRun } from './audit-generate.ts'
import { tell } from './measured.ts'
import { OtherWork } from './other-work.ts'

/**
 * How many operations a second the auditor judges, and in how much memory: `node --import tsx bench/audit.ts
 * [operations]`, one million unless told otherwise. The peer is the least that any auditor must do: read the
 * lines and `JSON.parse` them. Each measurement has a process of its own, so that its peak is its own.
 */
const [mode = 'all', argument, path = ''] = process.argv.slice(2)

const WORK: Readonly<Record<string, () => Promise<string>>> = {
  open: async () => (await auditHistoryFile(path)).verdict,
  run: async () => (await auditRun(path)).verdict,
  part: async () => `${(await auditPart(path, { index: 0, count: 3 })).operations} operations read`,
  parse: async () => {
    await eachLine(chunksOf(path), 'history', line => JSON.parse(textOf(line)))
    return 'parsed'
  },
}

interface Measurement {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMiB: number
  readonly outcome: string
}

const work = WORK[mode]
if (work) {
  const start = performance.now()
  const outcome = await work()
  const seconds = (performance.now() - start) / 1000
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6
  process.stdout.write(JSON.stringify({ seconds, cpuSeconds, peakMiB: maxRSS / 1024, outcome }))
} else await compare(Number(argument ?? (mode === 'all' ? 1_000_000 : mode)))

function measure(what: string, target: string): Measurement {
  const output = execFileSync(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(import.meta.url), what, '0', target],
    { encoding: 'utf8' },
  )
  return JSON.parse(output) as Measurement
}

async function compare(operations: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'aftershock-bench-'))
  try {
    const history = join(dir, 'history.jsonl')
    await generateOpen(history, operations)
    await generateRun(join(dir, 'run'), operations)
    const megabytes = Math.round(statSync(history).size / 1e6)
    process.stdout.write(`${operations.toLocaleString('en')} operations, open history of ${megabytes} MB\n`)
    const others = new OtherWork([])
    const parsed = measure('parse', history)
    print('JSON.parse alone', operations, parsed)
    const open = measure('open', history)
    print('audit --history', operations, open)
    others.child(parsed.cpuSeconds + open.cpuSeconds)
    const pairs = [{ ours: open.cpuSeconds, peer: parsed.cpuSeconds, byOthers: others.share() }]
    const what = `audit --history of ${operations.toLocaleString('en')} operations against JSON.parse of its lines`
    tell({ bench: 'audit', what, unit: 's of CPU', pairs, wanted: null })
    print('audit <run>', operations, measure('run', join(dir, 'run')))
    print('… --part 1/3', operations, measure('part', join(dir, 'run')))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

function print(
  what: string,
  operations: number,
  { seconds, cpuSeconds, peakMiB, outcome }: Measurement,
): void {
  const rate = Math.round(operations / seconds).toLocaleString('en')
  process.stdout.write(
    `${what.padEnd(18)} ${seconds.toFixed(2).padStart(7)} s (${cpuSeconds.toFixed(2)} of CPU)  ${rate.padStart(10)} operations/s  ` +
      `peak ${Math.round(peakMiB)} MiB  (${outcome})\n`,
  )
}
