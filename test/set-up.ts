import { ensureLab } from '../chaos/drivers/local/setup/lab.ts'
import { systemClock } from '../chaos/system-clock.ts'

/** Fetches and builds what tests on real software run: minutes on a new machine, and no test's own time. */
await ensureLab(
  {
    env: process.env,
    clock: systemClock,
    progress: line => void process.stderr.write(`${line}\n`),
  },
  { platform: 'kafka-tiered' },
)
