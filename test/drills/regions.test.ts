import assert from 'node:assert/strict'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { readScorecard } from '../../chaos/record/scorecard.ts'
import { aftershock, workplace } from '../local/program.ts'

/** Drills of two regions that must pass, with a check that each of them must have. */
const DRILLS: readonly (readonly [path: readonly string[], check: string])[] = [
  [['drills', 'region-outage.yaml'], 'failed-over'],
  [['drills', 'region-outage-commands.yaml'], 'failed-over'],
  [['drills', 'region-outage-connectors.yaml'], 'failed-over'],
  [['test', 'drills', 'region-outage-sources.yaml'], 'failed-over'],
  [['drills', 'region-b-broker.yaml'], 'region-lost-records'],
  [['test', 'drills', 'region-outage-access.yaml'], 'failed-over'],
  [['drills', 'migration-access.yaml'], 'migrated'],
  [['drills', 'migration-connectors.yaml'], 'migrated'],
  [['drills', 'fail-back.yaml'], 'failed-back'],
  [['drills', 'migration-rollback.yaml'], 'rolled-back'],
  // From plain Kafka to Kafka with tiered storage, and back.
  [['drills', 'migration-to-tiered.yaml'], 'rolled-back'],
  // From plain Kafka to AutoMQ, and back.
  [['drills', 'migration-to-automq.yaml'], 'rolled-back'],
]

describe('drills of two regions, on real brokers', function () {
  this.timeout(900_000)
  for (const [path, name] of DRILLS)
    it(`${path.at(-1)}: ${name}`, async function () {
      // It is on no registry: whoever runs the tests brings it.
      if (/automq/.test(path.join('/')) && !process.env['AUTOMQ_HOME']) this.skip()
      using place = workplace()
      const runDir = join(place.dir, 'run')
      const program = aftershock(place, 'run', packageFile(...path), '--out', runDir, '--json')
      const status = await program.exit
      const { stdout, stderr } = program.output()
      // What a busy machine leaves open says nothing of the drill.
      if (status === EXIT.inconclusive) this.skip()
      assert.equal(status, EXIT.pass, `${stderr}\n${stdout}`)
      const checks = readScorecard(runDir)?.rows.flatMap(row => row.checks) ?? []
      assert.equal(checks.find(({ check }) => check === name)?.verdict, 'pass')
    })
})
