import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { dayFiles } from '../../../chaos/gameday/day-files.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import { keptFolder } from '../../temporary.ts'

const day = (id: string, environment: string, approvers: string) => `
  - id: ${id}
    at: '2027-01-14T09:00:00Z'
    lasts: 2h
    drill: ${JSON.stringify(packageFile('drills', 'zone-cut.yaml'))}
    environment: ${environment}
    owner: Dana
    hypothesis: Losing az-c stops no device elsewhere for more than fifteen seconds.
    expectedCostUsd: 0
    blastRadius: { zones: [az-c], faults: [zone-cut] }
    approvers: ${approvers}
`

describe('what a machine is given that runs game days', () => {
  it('is the days of its environment, with all files by their paths from one folder', async () => {
    const folder = keptFolder('day-files')
    const path = join(folder, 'gamedays.yaml')
    writeFileSync(path, `calendar: Fleet\ndays:${day('one', 'kafka', '[Noor]')}${day('two', 'lab', '[]')}`)
    mkdirSync(join(folder, 'people'))
    writeFileSync(join(folder, 'people', 'Noor.pub'), 'a key')
    const { days, files, calendar } = await dayFiles(path, 'kafka')
    assert.deepEqual(
      days.map(({ id, at, lastsMs, approved }) => ({ id, at, lastsMs, approved })),
      [{ id: 'one', at: '2027-01-14T09:00:00Z', lastsMs: 7_200_000, approved: true }],
    )
    assert.ok((days[0]?.runMs ?? 0) > 1_800_000)
    const ends = Object.keys(files).map(file => file.split('/').slice(-2).join('/'))
    for (const end of ['people/Noor.pub', 'drills/zone-cut.yaml', 'contracts/fleet.yaml'])
      assert.ok(ends.includes(end), `${end} in ${ends.join(', ')}`)
    assert.match(String(files[calendar]), /^calendar: Fleet/)
    assert.ok(!Object.keys(files).some(file => file.startsWith('/') || file.includes('..')))
  })

  it('is refused without the key of somebody who approves', async () => {
    const path = join(keptFolder('day-files'), 'gamedays.yaml')
    writeFileSync(path, `calendar: Fleet\ndays:${day('one', 'kafka', '[Noor]')}`)
    await assert.rejects(dayFiles(path, 'kafka'), /there is no people\/Noor\.pub/)
  })
})
