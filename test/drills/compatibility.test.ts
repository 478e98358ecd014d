import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'mocha'
import { LINES } from '../../chaos/compatibility/lines/index.ts'
import { otherClients } from '../../chaos/drivers/index.ts'
import { readCompatibility } from '../../chaos/record/compatibility.ts'
import { aftershock, workplace } from '../local/program.ts'

describe('every line of compatibility, on Apache Kafka', function () {
  this.timeout(600_000)
  const place = workplace()
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-compatible-'))
  after(() => {
    place[Symbol.dispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  it('holds', async function () {
    if ((await (await otherClients()).findLibrdkafka(process.env)) === null) this.skip()
    const out = join(folder, 'result')
    const program = aftershock(place, 'compatibility', '--platform', 'kafka', '--out', out)
    const status = await program.exit
    const { stdout, stderr } = program.output()
    const lines = readCompatibility(out)?.lines ?? []
    assert.deepEqual(
      lines.filter(({ verdict }) => verdict !== 'pass').map(({ line, clients }) => [line, clients]),
      [],
      `${stderr}\n${stdout}`,
    )
    assert.equal(lines.length, LINES.length)
    assert.equal(status, 0)
  })
})
