import assert from 'node:assert/strict'
import { objectStoreSample } from '../../../chaos/drivers/local/lab/lab-meters.ts'

describe('a sample of the object store', () => {
  const counts = (requests: number, failed: number, toStoreBytes: number, fromStoreBytes: number) => ({
    requests,
    failed,
    toStoreBytes,
    fromStoreBytes,
  })

  it('counts from the first sample of the run, whatever the lab had counted before', () => {
    const first = { zones: { 'az-a': { PutObject: counts(10, 1, 1000, 0) }, 'az-b': {} }, storedBytes: 5 }
    const now = {
      zones: {
        'az-a': { PutObject: counts(14, 2, 1600, 0), GetObject: counts(3, 0, 0, 90) },
        'az-b': { HeadObject: counts(1, 1, 0, 0) },
      },
      storedBytes: 700,
    }
    assert.deepEqual(objectStoreSample(42, now, first), {
      t: 42,
      zones: {
        'az-a': { PutObject: counts(4, 1, 600, 0), GetObject: counts(3, 0, 0, 90) },
        'az-b': { HeadObject: counts(1, 1, 0, 0) },
      },
      storedBytes: 700,
    })
    assert.deepEqual(objectStoreSample(1, first, first).zones['az-a'], { PutObject: counts(0, 0, 0, 0) })
  })
})
