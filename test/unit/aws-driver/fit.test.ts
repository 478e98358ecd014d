import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Drill, FaultEntry } from '../../../chaos/core/drill.ts'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { refuseUnfit } from '../../../chaos/drivers/aws/fit.ts'
import type { PlatformName } from '../../../chaos/platforms/index.ts'

const fault = (kind: string, spec: object, at = 0): FaultEntry =>
  ({ role: 'fault', id: kind, kind, spec, atMs: at, forMs: 10_000 }) as unknown as FaultEntry
const drill = (...timeline: readonly FaultEntry[]) => ({ drill: 'mine', timeline }) as unknown as Drill
const fits = (platform: PlatformName, ...timeline: readonly FaultEntry[]) =>
  refuseUnfit(drill(...timeline), platform)
const refused = (platform: PlatformName, why: RegExp, ...timeline: readonly FaultEntry[]) =>
  assert.throws(
    () => fits(platform, ...timeline),
    (error: unknown) => {
      assert.ok(error instanceof AftershockError && error.code === 'refused')
      assert.match(error.message, why)
      return true
    },
  )

describe('what a drill can do in a deployed environment', () => {
  it('is to nodes, to single links, and to a zone, in one direction too', () => {
    fits(
      'kafka',
      fault('broker-replace', {}),
      fault('link-latency', { links: { zone: 'az-b' } }),
      fault('link-reset', {}),
      fault('zone-cut', { zone: 'az-b', direction: 'in', mode: 'refuse' }),
    )
  })

  it('is to the store to take it from one zone, silently, and nothing else', () => {
    fits('kafka-tiered', fault('s3-outage', { zones: 'az-b' }))
    fits('automq', fault('s3-outage', { zones: ['az-c'], mode: 'silent' }))
    refused('automq', /s3-throttle: errors of the object store by operation/, fault('s3-throttle', {}))
    refused('automq', /s3-latency: .*answers of it that come late/, fault('s3-latency', {}))
    refused('automq', /more than one zone, and one zone is the limit/, fault('s3-outage', {}))
    refused('automq', /more than one zone/, fault('s3-outage', { zones: ['az-a', 'az-b'] }))
    refused('automq', /nothing refuses/, fault('s3-outage', { zones: 'az-a', mode: 'refuse' }))
  })

  it('names the two faults that cut a zone off with its store', () => {
    refused(
      'kafka-tiered',
      /objectStore: keep, and s3-outage of the zone/,
      fault('zone-cut', { zone: 'az-b' }),
    )
    fits('kafka-tiered', fault('zone-cut', { zone: 'az-b', objectStore: 'keep' }))
    fits('kafka', fault('zone-cut', { zone: 'az-b' }))
  })

  it('is to cut whole zones one after another, and single links beside that', () => {
    const [one, two] = [fault('zone-cut', { zone: 'az-a' }), fault('zone-cut', { zone: 'az-b' }, 5000)]
    refused('kafka', /zones are cut one after another/, one, two)
    fits('kafka', one, fault('zone-cut', { zone: 'az-b', traffic: 'clients' }, 5000))
    fits('kafka', one, fault('zone-cut', { zone: 'az-b' }, 20_000))
  })

  it('is not to narrow links where sessions lead there, whose own speed would be its proof', () => {
    const narrow = drill(fault('link-bandwidth', { links: { zone: 'az-b' } }))
    refuseUnfit(narrow, 'kafka', 'network')
    assert.throws(() => refuseUnfit(narrow, 'kafka', 'sessions'), /carries less than a narrow link/)
    refuseUnfit(drill(fault('link-latency', { links: { zone: 'az-b' } })), 'kafka', 'sessions')
  })
})
