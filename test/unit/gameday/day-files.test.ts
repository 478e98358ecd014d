import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, it } from 'mocha'
import { dayFiles } from '../../../chaos/gameday/day-files.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import { keptFolder } from '../../temporary.ts'

const ZONE_CUT = packageFile('drills', 'zone-cut.yaml')

const day = (folder: string, id: string, environment: string, approvers: string, drill = ZONE_CUT) => `
  - id: ${id}
    at: '2027-01-14T09:00:00Z'
    lasts: 2h
    drill: ${JSON.stringify(relative(folder, drill))}
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
    writeFileSync(
      path,
      `calendar: Fleet\ndays:${day(folder, 'one', 'kafka', '[Noor]')}${day(folder, 'two', 'lab', '[]')}`,
    )
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
    const folder = keptFolder('day-files')
    const path = join(folder, 'gamedays.yaml')
    writeFileSync(path, `calendar: Fleet\ndays:${day(folder, 'one', 'kafka', '[Noor]')}`)
    await assert.rejects(dayFiles(path, 'kafka'), /there is no people\/Noor\.pub/)
  })

  it('is refused with a drill that the other machine cannot find, or whose compression it cannot do', async () => {
    const folder = keptFolder('day-files')
    const path = join(folder, 'gamedays.yaml')
    const absolute = day(folder, 'one', 'kafka', '[]').replace(relative(folder, ZONE_CUT), ZONE_CUT)
    writeFileSync(path, `calendar: Fleet\ndays:${absolute}`)
    await assert.rejects(dayFiles(path, 'kafka'), /one: the drill is \/.*, which no other machine has/)
    const drill = join(folder, 'zone-cut.yaml')
    const text = readFileSync(ZONE_CUT, 'utf8').replace(/^fleet:/m, 'fleet:\n  compression: lz4')
    const contract = relative(folder, packageFile('contracts', 'fleet.yaml'))
    writeFileSync(drill, text.replace(/^contract: .*$/m, `contract: ${contract}`))
    writeFileSync(
      path,
      `calendar: Fleet\ndays:${day(folder, 'one', 'kafka', '[]', drill).replace('zone-cut.yaml', './zone-cut.yaml')}`,
    )
    await assert.rejects(dayFiles(path, 'kafka'), /compress with lz4, which the machine that runs it cannot/)
  })
})
