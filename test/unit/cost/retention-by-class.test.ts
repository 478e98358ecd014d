import assert from 'node:assert/strict'
import { billFor } from '../../../chaos/cost/model/bill.ts'
import { retentionByClass } from '../../../chaos/cost/model/retention.ts'
import { keptInObjectStore, keptOnDisks } from '../../../chaos/cost/model/kept.ts'
import { loadInputs } from '../../../chaos/cost/write-cost.ts'
import { PLATFORM_NAMES } from '../../../chaos/platforms/index.ts'

describe('what each data class keeps', () => {
  for (const platform of PLATFORM_NAMES)
    it(`adds up to what the bill of ${platform} says is kept, and to its storage`, async () => {
      const { loaded, prices } = await loadInputs()
      const { workload } = loaded
      const classes = retentionByClass(platform, workload, prices)
      const total = (of: (one: (typeof classes)[number]) => number) =>
        classes.reduce((sum, one) => sum + of(one), 0)
      const close = (a: number, b: number) =>
        assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(a, b, 1), `${a} ${b}`)
      close(
        total(one => one.onBrokers),
        keptOnDisks(platform, workload),
      )
      close(
        total(one => one.inObjectStore),
        keptInObjectStore(platform, workload),
      )
      const bill = billFor(platform, workload, prices)
      const line = (name: string) => bill.lines.find(one => one.line === name)
      const data = line('broker-storage')?.inputs.find(({ name }) => name === 'data volumes')?.value ?? 0
      const gp3 = prices.price('ebs.gp3.storage', workload.region, 'GB-month').price
      close(
        total(one => one.usdPerMonth),
        data * gp3 + (line('object-storage')?.usdPerMonth ?? 0),
      )
    })
})
