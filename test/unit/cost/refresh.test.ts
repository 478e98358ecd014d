import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { describe, it } from 'mocha'
import { z } from 'zod'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { PriceTable, loadPrices } from '../../../chaos/cost/prices.ts'
import { billFor } from '../../../chaos/cost/model/bill.ts'
import { PLATFORM_NAMES } from '../../../chaos/platforms/index.ts'
import { awsPriceList } from '../../../chaos/cost/refresh/aws-price-list.ts'
import { priceQueries } from '../../../chaos/cost/refresh/catalog.ts'
import { pickPrices } from '../../../chaos/cost/refresh/price-list.ts'
import { refreshPrices } from '../../../chaos/cost/refresh/refresh.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import { paperWorkload } from './sample-workload.ts'

const filter = z.object({ Type: z.literal('TERM_MATCH'), Field: z.string(), Value: z.string() })
const recorded = z.object({
  answers: z.array(
    z.object({
      request: z.object({ ServiceCode: z.string(), Filters: z.array(filter) }),
      pages: z.array(z.object({ NextToken: z.string().optional(), PriceList: z.array(z.string()) }).loose()),
    }),
  ),
})
const question = z.object({
  ServiceCode: z.string(),
  Filters: z.array(filter),
  NextToken: z.string().optional(),
})

const INSTANCES = ['m7g.large', 'm7g.xlarge']
const NOW = Date.UTC(2026, 10, 23)

/** The SDK's client, with everything but the network: it signs, sends to us, and reads our answers. */
async function listAnswering(region: string, change: (text: string) => string = text => text) {
  const file = packageFile('test', 'fixtures', 'pricing', `${region}.json`)
  const { answers } = recorded.parse(JSON.parse(readFileSync(file, 'utf8')))
  const key = (service: string, filters: readonly z.output<typeof filter>[]): string =>
    JSON.stringify([service, ...filters.map(({ Field, Value }) => `${Field}=${Value}`).toSorted()])
  const byQuestion = new Map(
    answers.map(one => [key(one.request.ServiceCode, one.request.Filters), one.pages]),
  )
  const asked: string[] = []
  const list = await awsPriceList({
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: {
      async handle(request: { readonly body?: Uint8Array | string }) {
        const { ServiceCode, Filters, NextToken } = question.parse(
          JSON.parse(Buffer.from(request.body ?? '').toString()),
        )
        asked.push(ServiceCode)
        const pages = byQuestion.get(key(ServiceCode, Filters)) ?? [{ PriceList: [] }]
        const page = NextToken === undefined ? pages[0] : pages[1]
        const body = change(JSON.stringify(page))
        return {
          response: {
            statusCode: 200,
            headers: { 'content-type': 'application/x-amz-json-1.1' },
            body: Readable.from([Buffer.from(body)]),
          },
        }
      },
    },
  })
  return { list, asked }
}

describe('refreshing prices from the price list', () => {
  for (const region of ['us-east-1', 'eu-west-1']) {
    it(`reads every item of ${region}, whatever prefix its usage types have`, async () => {
      const { list } = await listAnswering(region)
      const table = loadPrices()
      const { file, refreshed, failed } = await refreshPrices(list, {
        region,
        table,
        atWallMs: NOW,
        instances: INSTANCES,
      })
      assert.deepEqual(failed, [])
      assert.deepEqual(
        refreshed,
        priceQueries(INSTANCES).map(query => query.item),
      )
      // The answers were made from the shipped table, so the prices, units and tiers must come back as they are.
      const fresh = file.prices.filter(row => row.date === '2026-11-23')
      for (const row of fresh) {
        const shipped = table.rows.find(
          one => one.item === row.item && one.region === region && one.tier?.from === row.tier?.from,
        )
        assert.deepEqual(
          [row.price, row.unit, row.tier],
          [shipped?.price, shipped?.unit, shipped?.tier],
          row.item,
        )
        assert.match(row.source, /^AWS price list, version 20261118/)
      }
      assert.equal(fresh.filter(row => row.item === 's3.standard.storage').length, 3)
    })
  }

  it('leaves other regions and other items as they are', async () => {
    const { list } = await listAnswering('us-east-1')
    const table = loadPrices()
    const { file } = await refreshPrices(list, {
      region: 'us-east-1',
      table,
      atWallMs: NOW,
      instances: INSTANCES,
    })
    const isOther = (row: { item: string; region: string }) =>
      row.region === 'eu-west-1' || row.item.startsWith('msk.') || row.item === 'ec2.linux.r6i.large'
    const texts = (rows: readonly object[]) => rows.map(row => JSON.stringify(row)).toSorted()
    assert.deepEqual(texts(file.prices.filter(isOther)), texts(table.rows.filter(isOther)))
    assert.equal(file.prices.length, table.rows.length)
  })

  it('names the items that it has no question for', async () => {
    const { list } = await listAnswering('us-east-1')
    const { notAsked } = await refreshPrices(list, {
      region: 'us-east-1',
      table: loadPrices(),
      atWallMs: NOW,
      instances: INSTANCES,
    })
    assert.ok(notAsked.includes('route53.hostedzone'))
    assert.ok(!notAsked.includes('rds.gp3.storage'))
  })

  it('keeps the old price of what the list does not tell, and says so', async () => {
    const { list } = await listAnswering('us-east-1')
    const { failed, file } = await refreshPrices(list, {
      region: 'us-east-1',
      table: loadPrices(),
      atWallMs: NOW,
      instances: ['m7g.large', 'r6i.large', 'x99.huge'],
    })
    assert.deepEqual(
      failed.map(({ item, kept }) => [item, kept]),
      [
        ['ec2.linux.r6i.large', true],
        ['ec2.linux.x99.huge', false],
      ],
    )
    assert.equal(file.prices.find(row => row.item === 'ec2.linux.r6i.large')?.date, '2025-11-03')
  })

  it('adds a region that the table did not have', async () => {
    const { list } = await listAnswering('eu-west-1')
    const { prices, sources } = {
      prices: loadPrices().rows.filter(row => row.region !== 'eu-west-1'),
      sources: {},
    }
    const table = new PriceTable({ prices, sources }, { file: 'a test', sha256: '' })
    const { file } = await refreshPrices(list, {
      region: 'eu-west-1',
      table,
      atWallMs: NOW,
      instances: INSTANCES,
    })
    const refreshed = new PriceTable(file, { file: 'a test', sha256: '' })
    assert.equal(refreshed.price('ebs.gp3.throughput', 'eu-west-1', 'MiBps-month').price, 0.044)
  })

  it('gives a new region every price that a bill asks for, wherever its connectors lead', async () => {
    const region = 'eu-west-1'
    const { list } = await listAnswering(region)
    const prices = loadPrices().rows.filter(row => row.region !== region)
    const before = new PriceTable({ prices, sources: {} }, { file: 'a test', sha256: '' })
    const { file } = await refreshPrices(list, { region, table: before, atWallMs: NOW, instances: INSTANCES })
    const after = new PriceTable(file, { file: 'a test', sha256: '' })
    const sizing = { ...paperWorkload().sizing, instance: 'm7g.large' }
    for (const platform of PLATFORM_NAMES)
      for (const to of ['same-region', 'other-region', 'internet'] as const)
        for (const access of ['gateway', 'interface', 'nat'] as const) {
          const workload = paperWorkload({
            region,
            sizing,
            connector: { mbPerSecond: 1, to },
            objectStore: { ...paperWorkload().objectStore, access },
          })
          assert.throws(() => billFor(platform, workload, before), /has no price of/)
          assert.ok(billFor(platform, workload, after).totalUsdPerMonth > 0)
        }
  })

  it('asks again for the rest when an answer has more pages', async () => {
    const { list, asked } = await listAnswering('us-east-1')
    const texts = await list.products('AmazonS3', { regionCode: 'us-east-1' })
    assert.equal(texts.length, 6)
    assert.deepEqual(asked, ['AmazonS3', 'AmazonS3'])
  })

  it('refuses a region of which the list knows nothing', async () => {
    const { list } = await listAnswering('us-east-1')
    await assert.rejects(
      refreshPrices(list, { region: 'mars-1', table: loadPrices(), atWallMs: NOW, instances: [] }),
      /nothing for mars-1/,
    )
  })

  it('says what is needed when the list does not answer', async () => {
    const list = await awsPriceList({
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
      requestHandler: {
        async handle(): Promise<never> {
          throw new Error('no route')
        },
      },
    })
    await assert.rejects(list.products('AmazonEC2', {}), (error: unknown) => {
      assert.ok(error instanceof AftershockError)
      assert.equal(error.code, 'unavailable')
      assert.match(error.hint ?? '', /pricing:GetProducts/)
      return true
    })
  })
})

describe('picking a price from products', () => {
  const nat = priceQueries([]).find(query => query.item === 'nat.hour')
  assert.ok(nat)

  async function natProducts(): Promise<readonly string[]> {
    const { list } = await listAnswering('us-east-1')
    return list.products(nat?.service ?? '', { regionCode: 'us-east-1', ...nat?.filters })
  }
  const pick = (texts: readonly string[]) => pickPrices(nat, texts, 'us-east-1', '2026-11-23')

  it('passes by a decoy of another usage type at the same price', async () => {
    const texts = await natProducts()
    assert.equal(texts.length, 4)
    const found = pick(texts)
    assert.ok('rows' in found)
    assert.deepEqual(
      found.rows.map(row => row.price),
      [0.045],
    )
  })

  it('refuses two prices where one was expected, a changed unit, none, and another shape', async () => {
    const texts = await natProducts()
    const hour = texts.find(text => text.includes('"NatGateway-Hours"')) ?? ''
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[hour, hour.replaceAll('6YS6EN2CT7', 'ANOTHERONE')], /2 prices where one was expected/],
      [[hour.replaceAll('"Hrs"', '"Fortnights"')], /per Fortnights, not per Hrs/],
      [[hour.replace('0.0450000000', '0.0000000000')], /no price among 1 products/],
      [[], /no price among 0 products/],
      [[hour.replace('"priceDimensions"', '"priceDimension"')], /another shape: terms\.OnDemand/],
      [['{'], /not JSON/],
    ]
    for (const [products, expected] of cases) {
      const found = pick(products)
      assert.ok('why' in found)
      assert.match(found.why, expected)
    }
  })
})

describe('picking the price of bytes that leave a region', () => {
  const query = (item: string) => {
    const found = priceQueries([]).find(one => one.item === item)
    assert.ok(found)
    return found
  }
  async function products(item: string): Promise<readonly string[]> {
    const { list } = await listAnswering('us-east-1')
    const { service, filters } = query(item)
    return list.products(service, { fromRegionCode: 'us-east-1', ...filters })
  }

  it('takes the price that more than half of the destinations have, past a nearer and a newer one', async () => {
    const item = 'xfer.interregion.other'
    const texts = await products(item)
    const found = pickPrices(query(item), texts, 'us-east-1', '2026-11-23')
    assert.ok('rows' in found)
    assert.deepEqual(
      found.rows.map(row => [row.item, row.price, row.tier]),
      [[item, 0.02, undefined]],
    )
  })

  it('guesses none where no price is that of more than half', async () => {
    const item = 'xfer.interregion.other'
    const texts = (await products(item)).filter(text => !/USW2|EUC1/.test(text))
    const found = pickPrices(query(item), texts, 'us-east-1', '2026-11-23')
    assert.ok('why' in found)
    assert.match(found.why, /3 destinations have no price that more than half of them share/)
  })

  it('counts the first gigabytes, which are free for a whole account, as the rest', async () => {
    const item = 'xfer.internet.out'
    const texts = (await products(item)).map(text => text.replace('"beginRange":"0"', '"beginRange":"100"'))
    const found = pickPrices(query(item), texts, 'us-east-1', '2026-11-23')
    assert.ok('rows' in found)
    assert.deepEqual(found.rows[0]?.tier, { from: 0, to: 10_240 })
  })
})
