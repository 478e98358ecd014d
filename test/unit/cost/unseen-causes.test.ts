import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { RunFiles } from '../../../chaos/cost/meters/run-files.ts'
import { unseen } from '../../../chaos/cost/meters/causes.ts'

const run = (driver: string, links: Readonly<Record<string, readonly [number, number]>>) =>
  ({ evidence: { header: { driver }, links: { rows: [{ t: 0, links }] } } }) as unknown as RunFiles
const CLIENT = { 'az-a>1:client': [1, 1] } as const
const BETWEEN = { ...CLIENT, 'az-a>2:replication': [0, 0] } as const

describe('what nobody counted', () => {
  it('is what brokers say to each other where no agent told, and never 0 bytes of it', () => {
    assert.equal(unseen(run('aws', CLIENT), 'replicate'), 'no agent told what brokers say to each other')
    assert.equal(unseen(run('aws', BETWEEN), 'replicate'), null)
    assert.match(unseen(run('attach', BETWEEN), 'control') ?? '', /the cluster was there/)
    assert.equal(unseen(run('local', CLIENT), 'replicate'), null)
    assert.equal(unseen(run('aws', CLIENT), 'produce'), null)
  })
})
