import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { EXIT } from '../../../chaos/core/exit-codes.ts'
import { Journal } from '../../../chaos/record/journal.ts'
import { systemClock } from '../../../chaos/system-clock.ts'
import { commandLine } from './command-line.ts'
import { Folder, judgedRun } from '../judge/sealed-run.ts'
import { makeTinyRun } from '../../fixtures/bundles/tiny-run.ts'

/** A place where no lab is, and a command line in it. */
const inPlace = (place: Folder, ...args: string[]) =>
  commandLine(args, { cwd: place.dir, env: { XDG_STATE_HOME: place.path('state') } })

/** As a power cut leaves it. */
function tear(path: string, folder: Folder): void {
  folder.write(path, folder.read(path).slice(0, folder.read(path).length / 2))
}

describe('heal', () => {
  it('does not touch a sealed run that left nothing', async () => {
    using run = await judgedRun()
    await inPlace(run, 'seal', '.')
    const journal = run.read('journal.jsonl')
    const healed = await inPlace(run, 'heal', '.')
    assert.equal(healed.code, EXIT.pass)
    assert.match(healed.out, /nothing is left of it; it was not touched/)
    assert.equal(run.read('journal.jsonl'), journal)
    assert.equal((await inPlace(run, 'verify', '.', '--quick')).code, EXIT.pass)
  })

  it('says that the seal no longer holds where it has to write, and how to seal again', async () => {
    using run = new Folder()
    await makeTinyRun(run.dir, { cut: true })
    await inPlace(run, 'seal', '.')
    const healed = await inPlace(run, 'heal', '.')
    assert.equal(healed.code, EXIT.pass, healed.err)
    assert.match(healed.out, /journal\.jsonl is not what bundle\.json seals any more.*aftershock seal/)
  })

  it('heals by the journal when run.json is torn, and by nothing when both are', async () => {
    using run = new Folder()
    await makeTinyRun(run.dir, { cut: true })
    tear('run.json', run)
    const healed = await inPlace(run, 'heal', '.', '--json')
    assert.equal(healed.code, EXIT.pass, healed.err)
    const { runs } = JSON.parse(healed.out) as { runs: readonly { needed: boolean; failed: string[] }[] }
    assert.deepEqual(
      runs.map(({ needed, failed }) => ({ needed, failed })),
      [{ needed: true, failed: [] }],
    )
    run.write('journal.jsonl', '{"kind":')
    const neither = await inPlace(run, 'heal', '.')
    assert.equal(neither.code, EXIT.input)
    assert.match(neither.err, /run\.json is not whole/)
  })

  it('is refused with the file by name where a folder stands in its place', async () => {
    for (const file of ['run.json', 'journal.jsonl']) {
      using run = await judgedRun()
      rmSync(run.path(file))
      mkdirSync(run.path(file))
      if (file === 'run.json') rmSync(run.path('journal.jsonl'))
      const { code, err } = await inPlace(run, 'heal', '.')
      assert.equal(code, EXIT.input, err)
      assert.ok(err.includes(file.replace('.jsonl', '')), err)
    }
  })

  it('ends with 76, and names what is left, while a cluster of others has something of the run', async () => {
    using place = new Folder()
    mkdirSync(place.path('runs/dead'), { recursive: true })
    const variables = ['AFTERSHOCK_CLIENT_SASL_JAAS_CONFIG']
    const client = 'aftershock.mark.fleet'
    {
      using journal = Journal.create(place.path('runs/dead/journal.jsonl'), systemClock)
      const runner = { pid: 1, startedAt: 'never' }
      journal.append({ kind: 'run.started', run: 'dead', drill: 'attach', seed: 'a', runner })
      const brokers = { bootstrap: '192.0.2.1:9092', clusterId: null, commandConfig: null, brokers: [] }
      const limits = { topicPrefix: 'aftershock.mark.', topics: [], maxBytes: 1, expectedBytes: 1 }
      journal.append({ kind: 'cluster.attached', variables, ...brokers, ...limits })
      journal.append({ kind: 'quota.intended', client, bytesPerSecond: 1 })
      journal.append({ kind: 'cluster.left', deleted: [], kept: [] })
    }
    // By its name, and again without one: what is left is looked for until it is gone.
    for (const dir of [['runs/dead'], []]) {
      const { code, out } = await inPlace(place, 'heal', ...dir)
      assert.equal(code, EXIT.unhealed, out)
      assert.match(
        out,
        /the produce quota of the run \(the run logged in by AFTERSHOCK_CLIENT_SASL_JAAS_CONFIG/,
      )
      assert.match(out, /could NOT be healed; see its journal/)
    }
  })

  it('without a name never ends with 0 over a run that it could not look at, and heals the others', async () => {
    using place = new Folder()
    mkdirSync(place.path('runs/whole'), { recursive: true })
    await makeTinyRun(place.path('runs/whole'), { cut: true })
    cpSync(place.path('runs/whole'), place.path('runs/torn'), { recursive: true })
    tear('runs/torn/run.json', place)
    tear('runs/torn/journal.jsonl', place)
    place.write('runs/torn/journal.jsonl', '')
    const { code, out } = await inPlace(place, 'heal')
    assert.equal(code, EXIT.unhealed)
    assert.match(out, /runs\/torn: could NOT be looked at: .*run\.json is not whole/)
    assert.match(out, /runs\/whole: no fault was open; 0 processes ended/)
  })

  it('without a name says where it looked', async () => {
    using place = new Folder()
    mkdirSync(place.path('runs'))
    const { code, out } = await inPlace(place, 'heal')
    assert.equal(code, EXIT.pass)
    assert.ok(
      out.includes(`looked at 0 runs in ${place.path('runs')} and at the lab ${place.path('state')}`),
      out,
    )
    assert.match(out, /aftershock heal <dir>/)
  })
})

describe('seal', () => {
  it('is refused with the file by name when run.json is torn or is a folder', async () => {
    using run = await judgedRun()
    tear('run.json', run)
    const torn = await inPlace(run, 'seal', '.')
    assert.equal(torn.code, EXIT.input)
    assert.match(torn.err, /run\.json is not whole/)
    rmSync(run.path('run.json'))
    mkdirSync(run.path('run.json'))
    const folder = await inPlace(run, 'seal', '.')
    assert.equal(folder.code, EXIT.input)
    assert.match(folder.err, /run\.json cannot be read/)
  })

  it('is refused with the file by name when a document of the run is torn or is a folder', async () => {
    for (const file of ['scorecard.json', 'audit.json', 'journal.jsonl']) {
      using run = await judgedRun()
      tear(file, run)
      const torn = await inPlace(run, 'seal', '.')
      assert.notEqual(torn.code, EXIT.internal, `${file}: ${torn.err}`)
      rmSync(run.path(file))
      mkdirSync(run.path(file))
      const folder = await inPlace(run, 'seal', '.')
      assert.notEqual(folder.code, EXIT.internal, `${file}: ${folder.err}`)
    }
  })
})

describe('keygen', () => {
  it('prints one JSON document when it is asked to', async () => {
    using keys = new Folder()
    const { out } = await inPlace(keys, 'keygen', '--out', 'team', '--json')
    const made = JSON.parse(out) as { keyid: string; private: string; public: string }
    assert.match(made.keyid, /^[0-9a-f]{64}$/)
    assert.equal(made.private, keys.path('team'))
    assert.match(readFileSync(made.public, 'utf8'), /PUBLIC KEY/)
  })
})
