import assert from 'node:assert/strict'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { type Row, readScorecard } from '../../chaos/record/scorecard.ts'
import { aftershock, workplace } from '../local/program.ts'

interface Twin {
  /** A drill of this folder. */
  readonly drill: string
  readonly platform: string
  /** The checks that fail, each in its row. */
  readonly fails: Readonly<Record<string, readonly string[]>>
  /** Those that fail besides where the machine has time to spare, and are open where it has not; no other may fail. */
  readonly may?: readonly string[]
}

/** Drills that must fail, and by what: a verdict that passes them is worth nothing. */
const TWINS: readonly Twin[] = [
  {
    drill: 'brokers-twin',
    platform: 'kafka',
    fails: {
      'broker-loss': ['sustained-recovery-seconds'],
      'broker-replacement': ['sustained-recovery-seconds'],
      'zone-loss': ['sustained-recovery-seconds'],
    },
  },
  {
    drill: 'bad-firmware-twin',
    platform: 'kafka',
    fails: { 'wrong-devices': ['sequence-restarts'] },
  },
  {
    drill: 'schema-mistake-twin',
    platform: 'kafka',
    fails: { 'connector-restart': ['sink-undelivered-records'] },
  },
  {
    drill: 'repair-twin',
    platform: 'kafka',
    fails: { 'connector-restart': ['sink-doubled-records'] },
  },
  {
    drill: 'sink-outage-twin',
    platform: 'kafka',
    fails: { 'connector-restart': ['sink-undelivered-records'] },
  },
  {
    drill: 'upload-hangs',
    platform: 'kafka-tiered',
    fails: { 'oldest-offset-replay': ['tier-upload-age-seconds'] },
  },
  {
    drill: 'future-clock',
    platform: 'kafka-tiered',
    fails: { 'oldest-offset-replay': ['retention-overdue-records'], audit: ['retention-effective'] },
  },
  {
    drill: 'old-clock',
    platform: 'kafka-tiered',
    fails: { 'oldest-offset-replay': ['removed-in-window'], audit: ['audit'] },
  },
  {
    drill: 'retention-race-twin',
    platform: 'kafka-tiered',
    // What was approved was not read whole, either.
    fails: {
      'oldest-offset-replay': ['replay-incomplete-records', 'not-overtaken'],
      governance: ['scope-read'],
    },
  },
  {
    drill: 'connector-source-twin',
    platform: 'kafka',
    fails: { 'connector-restart': ['source-repeated-records'] },
  },
  {
    drill: 'governed-replay-twin',
    platform: 'kafka',
    fails: { governance: ['unapproved-refused', 'granted-in-scope'] },
  },
  {
    drill: 'source-polls',
    platform: 'kafka',
    fails: { 'connector-restart': ['source-missing-rows'] },
  },
  {
    drill: 'source-polls-by-time',
    platform: 'kafka',
    fails: { 'connector-restart': ['source-missing-rows'] },
  },
  {
    drill: 'config-rollback-twin',
    platform: 'kafka',
    fails: { durability: ['all-delivered'] },
    may: ['unavailable-seconds'],
  },
  {
    drill: 'topic-rollback-twin',
    platform: 'kafka-tiered',
    // The audit says it too: records that are younger than what was promised are gone.
    fails: {
      rollback: ['removed-in-window'],
      'oldest-offset-replay': ['replay-margin-records'],
      audit: ['audit'],
    },
  },
  {
    drill: 'processor-at-least-once',
    platform: 'kafka',
    fails: { 'stateful-processor': ['commands-repeated'] },
  },
  {
    drill: 'writer-unfenced',
    platform: 'kafka',
    fails: { 'stateful-processor': ['writer-late-records'] },
  },
  {
    drill: 'region-outage-twin',
    platform: 'kafka',
    fails: { 'region-loss': ['region-reread-records'] },
    may: ['region-checkpoint-seconds'],
  },
  {
    drill: 'mirror-loop',
    platform: 'kafka',
    fails: { 'region-loss': ['mirror-ends'] },
  },
  {
    drill: 'region-outage-commands-twin',
    platform: 'kafka',
    fails: { 'stateful-processor': ['commands-repeated'] },
    may: ['region-recovery-seconds'],
  },
  {
    drill: 'region-outage-connectors-twin',
    platform: 'kafka',
    fails: { 'connector-restart': ['sink-doubled-records'] },
  },
  {
    drill: 'migration-access-twin',
    platform: 'kafka',
    fails: { migration: ['migrated'] },
    may: ['region-recovery-seconds'],
  },
  {
    drill: 'migration-rollback-twin',
    platform: 'kafka',
    fails: { migration: ['rolled-back'] },
  },
  {
    drill: 'upgrade-rollback-twin',
    platform: 'kafka',
    fails: { rollback: ['downgraded'] },
  },
  {
    drill: 'mirror-pause-twin',
    platform: 'kafka-tiered',
    fails: { 'region-loss': ['region-hole-records', 'region-lost-records'] },
  },
  {
    drill: 'region-offsets-copied',
    platform: 'kafka',
    fails: { 'region-loss': ['region-reread-records'] },
  },
]

/** Whether every check that must fail went beyond its limit, and was left open because the machine, or this program on it, was busy. */
const isForWantOfCpu = (rows: readonly Row[], fails: Twin['fails']): boolean =>
  Object.entries(fails).every(([dimension, checks]) =>
    checks.every(name =>
      rows
        .find(row => row.dimension === dimension)
        ?.checks.some(({ check, verdict, why }) => {
          const isOpen = check === name && verdict === 'inconclusive'
          return isOpen && /the machine had no CPU left|^tool-bound:/.test(why ?? '')
        }),
    ),
  )

describe('drills that must fail, on real brokers', function () {
  this.timeout(900_000)
  for (const { drill, platform, fails, may = [] } of TWINS)
    it(`${drill} on ${platform}: ${Object.values(fails).flat().join(', ')}`, async function () {
      using place = workplace()
      const runDir = join(place.dir, 'run')
      const file = packageFile('test', 'drills', `${drill}.yaml`)
      const program = aftershock(place, 'run', file, '--platform', platform, '--out', runDir, '--json')
      const status = await program.exit
      const { stdout, stderr } = program.output()
      const rows = readScorecard(runDir)?.rows ?? []
      // Nobody fails a platform by times of a machine that had none to give: then there is nothing to see here.
      if (status === EXIT.inconclusive && isForWantOfCpu(rows, fails)) this.skip()
      assert.equal(status, EXIT.fail, `${stderr}\n${stdout}`)
      const failed = rows.flatMap(row => {
        const checks = row.checks.filter(({ check, verdict }) => verdict === 'fail' && !may.includes(check))
        return checks.length === 0 ? [] : [[row.dimension, checks.map(({ check }) => check)] as const]
      })
      assert.deepEqual(Object.fromEntries(failed), fails)
    })
})
