import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { PlatformName } from '../../../chaos/platforms/index.ts'
import { statusText, storeAddresses } from '../../../chaos/commands/lab-status.ts'
import type { LabStatus } from '../../../chaos/drivers/index.ts'
import type { StartedLab } from '../../../chaos/drivers/local/lab/lab.ts'
import { labLayout } from '../../../chaos/drivers/local/lab/lab-layout.ts'
import { describeUp } from '../../../chaos/drivers/local/lab/lab-status.ts'

const plain: LabStatus = {
  up: true,
  dir: '/state/lab-0',
  kind: 'up',
  ready: true,
  user: null,
  controller: 1,
  whole: true,
  leftovers: [],
  deadRun: null,
  nodes: [{ id: 1, zone: 'az-a', state: 'running', pid: 11, answer: 'answered' }],
  toxiproxy: 12,
  objectStore: null,
}
const answers = { 'az-a': true, 'az-b': true, 'az-c': true }
const store: NonNullable<LabStatus['objectStore']> = {
  pid: 13,
  answers: true,
  proxy: { pid: 14, answers },
}

describe('the status of a lab', () => {
  it('has rows for the object store and its proxy where there is one, and none elsewhere', () => {
    assert.doesNotMatch(statusText(plain), /store|S3/)
    const text = statusText({ ...plain, objectStore: store })
    assert.match(text, /object store {3}process running, pid 13 {3}answered\n/)
    assert.match(text, /S3 proxy {3}process running, pid 14 {3}answered in every zone\n/)
  })

  it('shows a store that is dead, and one that a zone does not reach through its proxy', () => {
    const dead = statusText({ ...plain, objectStore: { ...store, pid: null, answers: false } })
    assert.match(dead, /object store {3}process absent {3}silent\n/)
    const proxy = { pid: 14, answers: { ...answers, 'az-b': false } }
    assert.match(statusText({ ...plain, objectStore: { ...store, proxy } }), /S3 proxy .* silent in az-b\n/)
  })
})

describe('a lab that is not as it was made', () => {
  const leftovers = ['link az-a.2.client has a toxic: f-up (latency {"latency":75}, upstream)']
  const broken: LabStatus = { ...plain, whole: false, leftovers }

  it('says what it has, and what makes it whole again', () => {
    assert.match(statusText(plain), /whole: as it was made/)
    const text = statusText({ ...broken, deadRun: '/runs/dead' })
    assert.match(
      text,
      /NOT whole:\n {4}link az-a\.2\.client has a toxic: f-up .*\n {2}.*: aftershock heal \/runs\/dead\n/,
    )
    assert.match(statusText(broken), /aftershock lab down && aftershock lab up/)
  })

  it('is not judged while somebody uses it, whose faults are meant', () => {
    assert.doesNotMatch(statusText({ ...plain, user: 7, whole: null }), /whole/)
  })
})

describe('the addresses of a lab', () => {
  const labOn = (platform: PlatformName) => {
    const state = { platform: { software: { name: platform } } }
    const lab = { layout: labLayout(0, '/lab', platform), supervisor: { state } }
    return describeUp(lab as unknown as StartedLab)
  }

  it('name the store’s own and its link from each zone, where there is a store', () => {
    assert.deepEqual(storeAddresses(labOn('kafka')), [])
    const [row] = storeAddresses(labOn('kafka-tiered'))
    assert.match(row ?? '', /s3\.lab .*direct 127\.\S+:7070 .* az-a 127\.\S+:7070, az-b .*, az-c /)
  })
})
