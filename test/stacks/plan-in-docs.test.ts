import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'mocha'
import { priceUse } from '../../chaos/cost/environment-use.ts'
import { loadPrices } from '../../chaos/cost/prices.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { readAssembly } from '../../lib/deploy/assembly.ts'
import { environmentLoad } from '../../lib/deploy/load.ts'
import { type DeployPlan, planDeployment } from '../../lib/deploy/plan.ts'
import { printPlan } from '../../lib/deploy/print-plan.ts'
import { type EnvironmentName, shipped } from './synthesized.ts'

const IN_TABLE = ['kafka', 'kafka-tiered', 'automq', 'automq-router', 'lab'] as const

describe('what the documentation says that environments cost', function () {
  this.timeout(60_000)

  it('in README.md is what their plans say; UPDATE_SNAPSHOTS=1 writes it again', () => {
    const rows = IN_TABLE.map(name => {
      const { hourlyUsd, monthlyUsd, use } = planOf(name)
      return `| \`${name}\` | ${hourlyUsd.toFixed(2)} | ${monthlyUsd.toFixed(0)} | ${use?.monthlyUsd.toFixed(0)} |`
    })
    const head = ['| environment | US dollars an hour | 730 hours | and its own fleet |', '|---|---|---|---|']
    expectIn('README.md', 'cost of environments', [...head, ...rows].join('\n'))
  })

  it('in docs/deploying.md is the plan of lab', () => {
    const text = printPlan(planOf('lab'), 'chaos/cost/prices.json').trimEnd()
    expectIn('docs/deploying.md', 'plan of lab', `\`\`\`text\n${text}\n\`\`\``)
  })
})

function planOf(name: EnvironmentName): DeployPlan {
  const { app, config } = shipped(name)
  const prices = loadPrices()
  return planDeployment(name, config.region, readAssembly(app.synth().directory), prices.rows, {
    use: priceUse(environmentLoad(config), prices),
  })
}

function expectIn(file: string, marker: string, text: string): void {
  const path = packageFile(file)
  const page = readFileSync(path, 'utf8')
  const place = new RegExp(`<!-- ${marker} -->\n[^]*?<!-- end -->`)
  assert.match(page, place)
  const updated = page.replace(place, () => `<!-- ${marker} -->\n\n${text}\n\n<!-- end -->`)
  if (process.env.UPDATE_SNAPSHOTS === '1') writeFileSync(path, updated)
  else assert.equal(updated, page)
}
