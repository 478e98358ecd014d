import assert from 'node:assert/strict'
import { nonProduct, softwareKey, softwareName } from '../../../chaos/report/software-words.ts'
import { SOFTWARE } from '../compare/run-folders.ts'

const { kafka, automq: standIn, 'kafka-tiered': reference } = SOFTWARE
const real = { name: 'AutoMQ 1.7.3 (Kafka 3.9.1)', kind: 'product', notes: [] } as const

describe('what a run was made of, in words', () => {
  it('names region b where that is made of something else', () => {
    const run = { platform: 'kafka', software: kafka }
    assert.equal(softwareName({ ...run, regionSoftware: kafka }), 'Apache Kafka 4.3.1')
    assert.equal(
      softwareName({ ...run, regionSoftware: real }),
      'Apache Kafka 4.3.1, region b on AutoMQ 1.7.3 (Kafka 3.9.1)',
    )
    assert.equal(
      softwareKey({ ...run, regionSoftware: real }),
      'kafka, region b on AutoMQ 1.7.3 (Kafka 3.9.1)',
    )
  })

  it('marks a stand-in in either region, before a reference store', () => {
    const label = (software: typeof kafka, regionSoftware?: typeof kafka) =>
      nonProduct({ platform: 'kafka', software, ...(regionSoftware && { regionSoftware }) })?.label
    assert.equal(label(kafka, real), undefined)
    assert.equal(label(kafka, standIn), 'A stand-in, not the product')
    assert.equal(label(standIn, kafka), 'A stand-in, not the product')
    assert.equal(label(reference, standIn), 'A stand-in, not the product')
    assert.equal(label(kafka, reference), 'The lab’s reference store, no product')
  })
})
