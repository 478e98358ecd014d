import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { contractText, drillText, loadText, rejection, unmark } from './drill-file.ts'

describe('a drill that is loaded', () => {
  it('has its durations in milliseconds, its defaults filled in and its contract beside it', async () => {
    const text = drillText({ end: 'seed: 7\nsettle: 1.5s' })
    const { drill, sha256 } = await loadText(text)
    assert.equal(drill.settleMs, 1500)
    assert.equal(drill.warmUpMs, 0)
    assert.equal(drill.seed, '7')
    assert.equal(drill.slowAfterMs, undefined)
    assert.equal(drill.fleet.telemetry.intervalMs, 1000)
    assert.equal(drill.kafka.timeouts, 'tuned')
    assert.equal(drill.contract.topics['topic-0']?.replayWindow, 4 * 3_600_000)
    assert.equal(sha256, createHash('sha256').update(text).digest('hex'))
  })

  it('may ask for a warm-up before its steady state', async () => {
    const { drill } = await loadText(drillText({ end: 'warmUp: 45s' }))
    assert.equal(drill.warmUpMs, 45_000)
    const rejected = await rejection(loadText(drillText({ end: 'warmUp: soon' })))
    assert.match(rejected.message, /warmUp/)
  })

  it('may have a connector, by default in the first zone and of the topic for integration', async () => {
    const { drill: shipped } = await loadDrill('connector')
    assert.deepEqual(shipped.connector, { zone: 'az-b', topics: ['integration'] })
    const { drill } = await loadText(drillText({ end: 'connector: { topics: [topic-2] }' }))
    assert.deepEqual(drill.connector, { zone: 'az-a', topics: ['topic-2'] })
    const elsewhere = await rejection(loadText(drillText({ end: 'connector: {}' })))
    assert.match(elsewhere.message, /connector\.topics\[0\]: the contract has no topic 'integration'/)
  })

  it('has no trace of a connector without one', async () => {
    assert.equal('connector' in (await loadText(drillText())).drill, false)
  })

  it('has its timeline in order of time, with ids by kind and place in the file', async () => {
    const { drill } = await loadText(
      drillText({
        timeline: [
          '{ at: 1m, action: replay }',
          '{ at: 5s, fault: zone-cut, zone: az-c, for: 9s }',
          '{ at: 5s, id: mine, fault: broker-kill, target: random }',
        ],
      }),
    )
    assert.deepEqual(drill.timeline, [
      {
        id: 'zone-cut-2',
        role: 'fault',
        kind: 'zone-cut',
        atMs: 5000,
        forMs: 9000,
        spec: { zone: 'az-c', direction: 'both', traffic: 'all', mode: 'silent', objectStore: 'cut' },
      },
      { id: 'mine', role: 'fault', kind: 'broker-kill', atMs: 5000, forMs: null, spec: { target: 'random' } },
      {
        id: 'replay-1',
        role: 'action',
        kind: 'replay',
        atMs: 60_000,
        spec: { from: 'oldest', to: 'end', consumer: 'recovery' },
      },
    ])
  })

  it('may use anchors and aliases, and knows the place of a mistake in an aliased part', async () => {
    const [first, second] = [
      '{ at: 5s, fault: link-latency, links: &b { zone: az-b }, delayMs: 9 }',
      'links: *b',
    ]
    await loadText(
      drillText({ timeline: [first, `{ at: 50s, fault: link-latency, ${second}, delayMs: 9 }`] }),
    )
    const { text, place } = unmark(
      drillText({
        timeline: [
          '{ at: 5s, fault: link-latency, links: &b { zone: «az-x }, delayMs: 9 }',
          `{ at: 50s, fault: link-latency, ${second}, delayMs: 9 }`,
        ],
      }),
    )
    const error = await rejection(loadText(text))
    assert.match(error.message, new RegExp(`${place} timeline\\[0\\].links.zone: expected az-a`))
    assert.match(error.message, /timeline\[1\]\.links\.zone: expected az-a/)
  })
})

describe('a drill file with many mistakes', () => {
  it('has all of them named at once, in the order of the file', async () => {
    const error = await rejection(
      loadText(
        drillText({
          fleet: '{ devices: 0 }',
          timeline: ['{ at: 5, fault: zone-cut, zon: az-a }'],
          end: 'extra: 1',
        }),
      ),
    )
    assert.deepEqual(error.message.split('\n'), [
      'x.yaml:4:19 fleet.devices: expected more than 0, found the number 0',
      'x.yaml:8:11 timeline[0].at: expected text, found the number 5',
      "x.yaml:8:31 timeline[0]: unknown key 'zon'; did you mean 'zone'?",
      "x.yaml:11:1 unknown key 'extra'; expected drill, title, contract, seed, platforms, fleet, kafka, connector, connectors, processor, regions, upgrade, security, slowAfterMs, warmUp, steadyState, timeline, settle, abort or gates",
    ])
    assert.deepEqual(error.hint?.split('\n').slice(0, 4), [
      'for example:',
      '  devices: 1000',
      '  at: 15s',
      '  zone: az-c',
    ])
  })

  it('has ten of them named, and the rest counted', async () => {
    const timeline = Array.from({ length: 13 }, () => '{ at: 5, fault: zone-cut, zone: az-a }')
    const error = await rejection(loadText(drillText({ timeline })))
    const lines = error.message.split('\n')
    assert.equal(lines.length, 11)
    assert.equal(lines.at(-1), '… and 3 more')
  })

  it('has every mistake between its parts named at once, too', async () => {
    const error = await rejection(
      loadText(
        drillText({
          top: 'drill: y',
          timeline: ['{ at: 5s, fault: broker-kill, target: { leader-of: nothing/0 } }'],
          gates: ['{ gate: replay-seconds, atMost: 9 }', '{ gate: in-sync-seconds, of: no, atMost: 9 }'],
        }),
      ),
    )
    assert.equal(error.message.split('\n').length, 4)
  })
})

describe('a drill file that is no drill at all', () => {
  it('is refused when it is empty, a list, or a word', async () => {
    assert.equal((await rejection(loadText(''))).message, 'x.yaml:1:1 expected a mapping, found nothing')
    assert.equal((await rejection(loadText('- 1\n'))).message, 'x.yaml:1:1 expected a mapping, found a list')
    assert.equal(
      (await rejection(loadText('hello\n'))).message,
      'x.yaml:1:1 expected a mapping, found text without keys',
    )
  })

  it('is not quoted when it is a file of another kind, which may hold secrets', async () => {
    const error = await rejection(loadText('AWS_SECRET_KEY: hunter2\nAWS_TOKEN: swordfish\n'))
    assert.match(
      error.message,
      /^x\.yaml:1:1 expected a mapping with drill, title, .* and found none of these keys$/,
    )
    assert.doesNotMatch(`${error.message} ${error.hint}`, /AWS|hunter2|swordfish/)
  })

  it('is refused with the place of every YAML mistake', async () => {
    const { text, place } = unmark(drillText({ fleet: '{ devices: 10«' }))
    const error = await rejection(loadText(text))
    assert.equal(error.code, 'input')
    assert.match(error.message, /^x\.yaml:\d+:\d+ .*\(YAML\)$/m)
    // A bracket that is never closed is noticed where the next line begins.
    const line = Number(place.split(':')[1])
    assert.ok(Number(error.message.split(':')[1]) >= line)
  })

  it('is refused when an alias points nowhere, a tag is unknown, or there are two documents', async () => {
    const wrong = ['fleet: *nowhere\n', 'fleet: !fleet 3\n', 'a: 1\n---\nb: 1\n']
    for (const text of wrong) assert.match((await rejection(loadText(text))).message, /^x\.yaml.*\(YAML\)/)
  })

  it('is refused when it has keys that objects are born with', async () => {
    const { text, place } = unmark(drillText({ end: '«constructor: 1' }))
    assert.match((await rejection(loadText(text))).message, new RegExp(`^${place} unknown key 'constructor'`))
    await assert.rejects(loadText(drillText({ end: '__proto__: { seed: 1 }' })), { code: 'input' })
  })
})

describe('where a drill is looked for', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aftershock-drill-'))
    await mkdir(join(folder, 'sub.yaml'))
    await writeFile(join(folder, 'x.yaml'), drillText())
    await writeFile(join(folder, 'contract.yaml'), contractText())
  })
  after(() => rm(folder, { recursive: true }))

  it('is the given folder, for a path', async () => {
    assert.equal((await loadDrill('x.yaml', folder)).path, join(folder, 'x.yaml'))
    assert.equal((await loadDrill(join(folder, 'x.yaml'), '/')).drill.drill, 'x')
  })

  it('is the folder of shipped drills, for a name', async () => {
    const { drill, path } = await loadDrill('zone-cut', folder)
    assert.equal(drill.drill, 'zone-cut')
    assert.match(path, /drills[/\\]zone-cut\.yaml$/)
  })

  it('is told when there is no drill of that name, with the nearest and all of them', async () => {
    const error = await rejection(loadDrill('zone-cutt', folder))
    assert.equal(error.code, 'input')
    assert.equal(error.message, "no drill is called 'zone-cutt'; did you mean 'zone-cut'?")
    assert.match(error.hint ?? '', /broker-hang, [^]*first,\s[^]*\.\/zone-cutt\.yaml/)
  })

  it('is told when there is no such file, or it is a folder', async () => {
    const missing = await rejection(loadDrill('./y.yaml', folder))
    assert.deepEqual([missing.code, missing.message], ['input', 'y.yaml: no such file'])
    const under = await rejection(loadDrill('./x.yaml/y.yaml', folder))
    assert.match(under.message, /no such file/)
    const isFolder = await rejection(loadDrill('./sub.yaml', folder))
    assert.deepEqual([isFolder.code, isFolder.message], ['input', 'sub.yaml is a folder'])
  })
})
