import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { type LabStatus, statusText, storeAddresses } from '../../../chaos/commands/lab-status.ts'
import { labLayout } from '../../../chaos/drivers/local/lab-layout.ts'

const plain: LabStatus = {
  up: true,
  dir: '/state/lab-0',
  kind: 'up',
  ready: true,
  user: null,
  controller: 1,
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

describe('the addresses of a lab', () => {
  it('name the store’s own and its link from each zone, where there is a store', () => {
    assert.deepEqual(storeAddresses(labLayout(0, '/lab', 'kafka')), [])
    const [row] = storeAddresses(labLayout(0, '/lab', 'kafka-tiered'))
    assert.match(row ?? '', /s3\.lab .*direct 127\.\S+:7070 .* az-a 127\.\S+:7070, az-b .*, az-c /)
  })
})
