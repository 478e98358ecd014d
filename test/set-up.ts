import { ensureConnect } from '../chaos/drivers/local/setup/connect.ts'
import { ensureJdbcSink, ensurePostgresSource } from '../chaos/drivers/local/setup/debezium.ts'
import { ensureDeviceTwin } from '../chaos/drivers/local/setup/device-twin.ts'
import { ensureLab } from '../chaos/drivers/local/setup/lab.ts'
import { systemClock } from '../chaos/system-clock.ts'

/** Fetches and builds what tests on real software run: minutes on a new machine, and no test's own time. */
const options = {
  env: process.env,
  clock: systemClock,
  progress: (line: string) => void process.stderr.write(`${line}\n`),
}
await ensureLab(options, { platform: 'kafka-tiered' })
await ensureConnect(options)
await ensureJdbcSink(options)
await ensurePostgresSource(options)
await ensureDeviceTwin(options)
