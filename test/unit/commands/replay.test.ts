import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { EXIT } from '../../../chaos/core/exit-codes.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import { Folder } from '../judge/sealed-run.ts'
import { commandLine, type Said } from './command-line.ts'

const CONTRACT = packageFile('contracts', 'fleet.yaml')
const LEAD = 'fleet-insights-lead'

/** A place where no lab is, with keys of three people, and a request of one of them. */
async function place(): Promise<Folder & { said(...args: string[]): Promise<Said> }> {
  const folder = new Folder()
  const said = (...args: string[]) =>
    commandLine(args, { cwd: folder.dir, env: { XDG_STATE_HOME: folder.path('state') } })
  mkdirSync(folder.path('people'))
  for (const name of ['ana', LEAD, 'security-lead']) await said('keygen', '--out', `people/${name}`)
  return Object.assign(folder, { said })
}

const asked = ['--contract', CONTRACT, '--reason', 'Rebuild the dashboards']
const byAna = ['--as', 'ana', '--key', 'people/ana']
const byLead = ['--as', LEAD, '--key', `people/${LEAD}`]
const RUN = [
  'replay',
  'run',
  'replay-request.json',
  '--contract',
  CONTRACT,
  '--people',
  'people',
  '--live-groups',
  'none',
  '--canary',
  'none',
  '--out',
  'out',
]

describe('replay', () => {
  it('asks, and says who may approve it', async () => {
    using here = await place()
    const { code, out } = await here.said(
      'replay',
      'request',
      ...asked,
      '--topics',
      'telemetry,operations',
      ...byAna,
    )
    assert.equal(code, EXIT.pass)
    assert.match(out, /telemetry and operations, all partitions, from the oldest offset to the end/)
    assert.match(out, /telemetry: fleet-insights-lead\n {2}operations: security-lead or compliance/)
    assert.ok(existsSync(here.path('replay-request.json')))
  })

  it('asks for nothing without terms, and writes over no request', async () => {
    using here = await place()
    const unknown = await here.said('replay', 'request', ...asked, '--topics', 'secrets', ...byAna)
    assert.equal(unknown.code, EXIT.usage)
    assert.match(unknown.err, /contract fleet has no topic secrets/)
    await here.said('replay', 'request', ...asked, '--topics', 'telemetry', ...byAna)
    const again = await here.said('replay', 'request', ...asked, '--topics', 'telemetry', ...byAna)
    assert.equal(again.code, EXIT.refused)
    const wrong = await here.said(
      'replay',
      'request',
      ...asked,
      '--topics',
      'telemetry',
      '--from',
      'x',
      ...byAna,
    )
    assert.equal(wrong.code, EXIT.usage)
  })

  it('refuses with 75 and a line in the journal, before it looks for any broker', async () => {
    const refusals: readonly (readonly [
      string,
      (here: Awaited<ReturnType<typeof place>>) => Promise<string[]>,
    ])[] = [
      ['not-approved', async () => []],
      [
        'same-person',
        async here => {
          const { out } = await here.said('replay', 'approve', 'replay-request.json', ...byAna)
          assert.match(out, /ana asked for it: a replay needs the word of somebody else/)
          return ['--approval', 'replay-approval.json']
        },
      ],
      [
        'not-an-approver',
        async here => {
          const by = ['--as', 'security-lead', '--key', 'people/security-lead']
          await here.said('replay', 'approve', 'replay-request.json', ...by)
          return ['--approval', 'replay-approval.json']
        },
      ],
      [
        'unknown-key',
        async here => {
          const by = ['--as', LEAD, '--key', 'people/security-lead']
          await here.said('replay', 'approve', 'replay-request.json', ...by)
          return ['--approval', 'replay-approval.json']
        },
      ],
      [
        'out-of-scope',
        async here => {
          await here.said('replay', 'approve', 'replay-request.json', ...byLead, '--to', '10')
          return ['--approval', 'replay-approval.json']
        },
      ],
      [
        'expired',
        async here => {
          await here.said('replay', 'approve', 'replay-request.json', ...byLead, '--expires-in', '0s')
          return ['--approval', 'replay-approval.json']
        },
      ],
      [
        'revoked',
        async here => {
          const args = ['replay', 'approve', 'replay-request.json', ...byLead, '--json']
          const { sha256 } = JSON.parse((await here.said(...args)).out) as { sha256: string }
          writeFileSync(here.path('revoked.txt'), `# the lead changed their mind\n${sha256}\n`)
          return ['--approval', 'replay-approval.json', '--revoked', 'revoked.txt']
        },
      ],
      [
        'changed',
        async here => {
          await here.said('replay', 'approve', 'replay-request.json', ...byLead)
          const other = ['--topics', 'telemetry', '--out', 'other.json']
          await here.said('replay', 'request', ...asked, ...other, ...byAna)
          here.write('replay-request.json', here.read('other.json'))
          return ['--approval', 'replay-approval.json']
        },
      ],
    ]
    for (const [kind, prepare] of refusals) {
      using here = await place()
      await here.said('replay', 'request', ...asked, '--topics', 'telemetry', ...byAna)
      const { code, err } = await here.said(...RUN, ...(await prepare(here)))
      assert.equal(code, EXIT.refused, `${kind}: ${err}`)
      assert.ok(err.includes(`(${kind})`), err)
      const journal = here.read('out/journal.jsonl')
      assert.match(journal, new RegExp(`"kind":"replay.refused".*"refusal":"${kind}"`))
      assert.equal(journal.trim().split('\n').length, 1)
    }
  }).timeout(60_000)

  it('looks for a lab with an authorizer once it may read', async () => {
    using here = await place()
    await here.said('replay', 'request', ...asked, '--topics', 'telemetry', ...byAna)
    const approved = await here.said('replay', 'approve', 'replay-request.json', ...byLead)
    assert.match(approved.out, /ana asked: Rebuild the dashboards/)
    const { code, err } = await here.said(...RUN, '--approval', 'replay-approval.json')
    assert.equal(code, EXIT.unavailable)
    assert.match(err, /no lab with an authorizer is up/)
    assert.match(err, /aftershock lab up --authorizer/)
  })

  it('names the file that is no request, no approval, and the folder without keys', async () => {
    using here = await place()
    here.write('replay-request.json', '{}')
    const torn = await here.said(...RUN)
    assert.equal(torn.code, EXIT.input)
    assert.match(torn.err, /replay-request\.json is no signed request or approval/)
    await here.said('replay', 'request', ...asked, '--topics', 'telemetry', '--out', 'good.json', ...byAna)
    const args = ['replay', 'run', 'good.json', '--contract', CONTRACT, '--people', 'nobody', '--out', 'out']
    assert.match((await here.said(...args)).err, /nobody has no public key of anybody/)
  })
})
