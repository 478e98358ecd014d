import assert from 'node:assert/strict'
import { judgeReplay, REFUSALS, type ReplayCase } from '../../../chaos/approvals/judge-replay.ts'
import { makeApproval } from '../../../chaos/approvals/replay-approval.ts'
import {
  makeRequest,
  payloadDigest,
  type RequestInput,
  type Signer,
} from '../../../chaos/approvals/replay-request.ts'
import type { ReplayScope } from '../../../chaos/core/replay-scope.ts'
import { rehearseRefusals } from '../../../chaos/run/rehearse-refusals.ts'
import { passingKey } from '../../../chaos/seal/keys.ts'
import { fleetContract as contract } from '../../local/test-contract.ts'

const NOW = Date.parse('2026-11-30T06:00:00Z')
const LATER = NOW + 60_000
const person = (name: string): Signer => ({ name, key: passingKey() })
const ana = person('ana')
const lead = person('fleet-insights-lead')
const security = person('security-lead')

const scope: ReplayScope = { topics: ['telemetry'], from: 'oldest', to: 'end' }
const input = (over: Partial<RequestInput> = {}): RequestInput => ({
  contract: contract.contract,
  scope,
  consumer: { principal: 'replay', groupPrefix: 'replay-1' },
  reason: 'Rebuild the dashboards',
  bytesPerSecond: null,
  ...over,
})
const terms = { scope, expiresAtMs: LATER }
const people = new Map([ana, lead, security].map(({ name, key }) => [name, key.publicKey]))

function judge(over: Partial<ReplayCase> = {}) {
  const request = over.request ?? makeRequest(input(), ana, NOW)
  const approvals = [makeApproval(request, terms, lead, NOW)]
  return judgeReplay({ request, approvals, people, revoked: new Set(), contract, wallMs: NOW, ...over })
}
const refusal = (over: Partial<ReplayCase>) => {
  const judged = judge(over)
  return judged.ok ? 'let in' : judged.refusal.kind
}

describe('a replay that was asked for and approved', () => {
  it('may read what was approved, until the first approval expires', () => {
    const both = { ...scope, topics: ['telemetry', 'operations'] }
    const request = makeRequest(input({ scope: both }), ana, NOW)
    const approvals = [
      makeApproval(request, { scope: both, expiresAtMs: LATER }, lead, NOW),
      makeApproval(request, { scope: both, expiresAtMs: LATER - 1000 }, security, NOW),
    ]
    const judged = judge({ request, approvals })
    assert.ok(judged.ok)
    assert.equal(judged.permit.expiresAtMs, LATER - 1000)
    assert.deepEqual(
      judged.permit.approvals.map(({ approver }) => approver),
      [lead.name, security.name],
    )
    assert.equal(judged.permit.requestSha256, payloadDigest(request))
  })

  it('needs somebody of the contract for each topic', () => {
    const both = { ...scope, topics: ['telemetry', 'operations'] }
    const request = makeRequest(input({ scope: both }), ana, NOW)
    const approvals = [makeApproval(request, { scope: both, expiresAtMs: LATER }, lead, NOW)]
    assert.equal(refusal({ request, approvals }), 'not-an-approver')
  })

  it('is refused from the moment on at which its approval expires', () => {
    assert.equal(refusal({ wallMs: LATER - 1 }), 'let in')
    assert.equal(refusal({ wallMs: LATER }), 'expired')
  })

  it('is refused when a byte of it is changed, whoever changes it', () => {
    const request = makeRequest(input(), ana, NOW)
    const payload = Buffer.from(request.payload, 'base64').toString().replace('oldest', 'olden')
    const torn = { ...request, payload: Buffer.from(payload).toString('base64') }
    assert.equal(refusal({ request: torn }), 'changed')
    const more = Buffer.from(request.payload, 'base64').toString().replace('dashboards', 'dashboard2')
    const changed = { ...request, payload: Buffer.from(more).toString('base64') }
    assert.equal(refusal({ request: changed }), 'changed')
    const resigned = makeRequest(input({ reason: 'Something else' }), ana, NOW)
    assert.equal(
      refusal({ request: resigned, approvals: [makeApproval(request, terms, lead, NOW)] }),
      'changed',
    )
    const [approval] = [makeApproval(request, terms, lead, NOW)]
    const longer = Buffer.from(approval.payload, 'base64').toString().replace('06:01:00', '09:01:00')
    assert.notEqual(longer, Buffer.from(approval.payload, 'base64').toString())
    const prolonged = { ...approval, payload: Buffer.from(longer).toString('base64') }
    assert.equal(refusal({ request, approvals: [prolonged] }), 'changed')
  })

  it('is refused when the same person approves it, also under another name', () => {
    const request = makeRequest(input(), ana, NOW)
    assert.equal(refusal({ request, approvals: [makeApproval(request, terms, ana, NOW)] }), 'same-person')
    const alias: Signer = { name: lead.name, key: ana.key }
    const known = new Map([...people, [lead.name, ana.key.publicKey]])
    assert.equal(
      refusal({ request, people: known, approvals: [makeApproval(request, terms, alias, NOW)] }),
      'same-person',
    )
  })

  it('reads no more than was asked for and approved: topics, partitions, offsets', () => {
    const narrow: ReplayScope = {
      topics: ['telemetry'],
      partitions: [0, 1],
      from: { offset: 10 },
      to: { offset: 20 },
    }
    const request = makeRequest(input({ scope: narrow }), ana, NOW)
    const approvals = [makeApproval(request, { scope: narrow, expiresAtMs: LATER }, lead, NOW)]
    const wanted = (over: Partial<ReplayScope>) =>
      refusal({ request, approvals, wanted: { ...narrow, ...over } })
    assert.equal(wanted({}), 'let in')
    assert.equal(wanted({ from: { offset: 12 }, to: { offset: 15 }, partitions: [1] }), 'let in')
    assert.equal(wanted({ topics: ['telemetry', 'operations'] }), 'out-of-scope')
    assert.equal(wanted({ partitions: [1, 2] }), 'out-of-scope')
    assert.equal(wanted({ from: { offset: 9 } }), 'out-of-scope')
    assert.equal(wanted({ from: 'oldest' }), 'out-of-scope')
    assert.equal(wanted({ to: { offset: 21 } }), 'out-of-scope')
    assert.equal(wanted({ to: 'end' }), 'out-of-scope')
  })

  it('holds times against times, and never against offsets', () => {
    const at = (minute: number) => ({ time: new Date(NOW - minute * 60_000).toISOString() })
    const timed: ReplayScope = { topics: ['telemetry'], from: at(60), to: at(30) }
    const request = makeRequest(input({ scope: timed }), ana, NOW)
    const approvals = [makeApproval(request, { scope: timed, expiresAtMs: LATER }, lead, NOW)]
    const wanted = (over: Partial<ReplayScope>) =>
      refusal({ request, approvals, wanted: { ...timed, ...over } })
    assert.equal(wanted({}), 'let in')
    assert.equal(wanted({ from: at(50), to: at(40) }), 'let in')
    assert.equal(wanted({ from: at(61) }), 'out-of-scope')
    assert.equal(wanted({ to: at(29) }), 'out-of-scope')
    assert.equal(wanted({ from: { offset: 5 } }), 'out-of-scope')
    assert.equal(wanted({ to: { offset: 5 } }), 'out-of-scope')
  })

  it('is refused once request, approval or a key is revoked', () => {
    const request = makeRequest(input(), ana, NOW)
    const approvals = [makeApproval(request, terms, lead, NOW)]
    const [approval] = approvals
    assert.ok(approval)
    for (const revoked of [payloadDigest(request), payloadDigest(approval), ana.key.keyid, lead.key.keyid])
      assert.equal(refusal({ request, approvals, revoked: new Set([revoked]) }), 'revoked')
    assert.equal(refusal({ request, approvals, revoked: new Set(['something else']) }), 'let in')
  })

  it('says what is wrong with what was seen, and what to do', () => {
    const judged = judge({ approvals: [] })
    assert.deepEqual(judged, {
      ok: false,
      refusal: {
        kind: 'not-approved',
        message: 'nobody has approved a replay of telemetry',
        hint: 'ask one of fleet-insights-lead: aftershock replay approve',
      },
    })
  })
})

describe('the rehearsal of refusals', () => {
  it('has one for every way to be refused, each refused for what it was made for', () => {
    const request = makeRequest(input(), ana, NOW)
    const approvals = [makeApproval(request, terms, lead, NOW)]
    const good = { request, approvals, people, revoked: new Set<string>(), contract, wallMs: NOW }
    const tried = rehearseRefusals({
      good,
      input: input(),
      requester: ana,
      approvers: [lead],
      expiresAtMs: LATER,
    })
    assert.deepEqual(
      tried.map(({ meant, refusal: said }) => [meant, said?.kind]),
      REFUSALS.map(kind => [kind, kind]),
    )
  })
})
