import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { flagsOf, STALE_AFTER_DAYS } from '../../../chaos/cost/price-age.ts'
import type { PriceRow } from '../../../chaos/record/price-row.ts'
import { chargeTiers, loadPrices } from '../../../chaos/cost/prices.ts'
import { gbMonths } from '../../../chaos/cost/units.ts'

const ROW: PriceRow = {
  item: 'ec2.linux.m7g.large',
  region: 'us-east-1',
  unit: 'hour',
  price: 0.0816,
  currency: 'USD',
  source: 'a test',
  date: '2026-09-01',
  confidence: 'high',
}

function refusedWith(message: RegExp, hint: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof AftershockError)
    assert.equal(error.code, 'input')
    assert.match(error.message, message)
    assert.match(error.hint ?? '', hint)
    return true
  }
}

describe('the shipped price table', () => {
  const table = loadPrices()

  it('has the same items in both of its regions, but for pairs that only one has', () => {
    const itemsOf = (region: string) =>
      new Set(table.rows.filter(row => row.region === region).map(row => row.item))
    assert.deepEqual(table.regions(), ['eu-west-1', 'us-east-1'])
    const onlyUs = [...itemsOf('us-east-1')].filter(item => !itemsOf('eu-west-1').has(item))
    assert.deepEqual(onlyUs, ['xfer.interregion.useast1-useast2'])
    assert.deepEqual(
      [...itemsOf('eu-west-1')].filter(item => !itemsOf('us-east-1').has(item)),
      [],
    )
  })

  it('names a known source for every price, and says where there is none', () => {
    for (const row of table.rows) {
      const known = row.source.split('+').every(key => key in table.sources)
      assert.ok(known || row.confidence === 'low', `${row.item} in ${row.region}: ${row.source}`)
      if (row.confidence === 'low') assert.equal(row.date, null)
    }
  })

  it('prices everything that the shipped environments are charged for while they exist', () => {
    const region = 'eu-west-1'
    const monthly = ['route53.hostedzone', 'secretsmanager.secret'] as const
    for (const item of monthly) assert.ok(table.tiers(item, region, 'month').length > 0)
    assert.equal(table.price('rds.postgres.db.t4g.micro', region, 'hour').price, 0.017)
    assert.equal(table.price('rds.gp3.storage', region, 'GB-month').price, 0.127)
  })

  it('has machines that double in price as they double in size', () => {
    for (const region of table.regions()) {
      for (const family of ['m7g', 'r6i', 'c7g']) {
        const of = (size: string) => table.price(`ec2.linux.${family}.${size}`, region, 'hour').price
        assert.ok(Math.abs(of('4xlarge') / of('large') - 8) < 0.02)
      }
    }
  })
})

describe('looking up a price', () => {
  const table = loadPrices()

  it('says which item and region are missing, where the item is priced, and how to get it', () => {
    assert.throws(
      () => table.price('ebs.gp3.storage', 'eu-central-1', 'GB-month'),
      refusedWith(
        /no price of ebs\.gp3\.storage in eu-central-1, only in eu-west-1, us-east-1/,
        /prices refresh --region eu-central-1/,
      ),
    )
  })

  it('suggests the item that was probably meant', () => {
    assert.throws(
      () => table.price('ec2.linux.m7g.larg', 'us-east-1', 'hour'),
      refusedWith(
        /no price of ec2\.linux\.m7g\.larg, in us-east-1 or anywhere/,
        /Did you mean ec2\.linux\.m7g\.large\?/,
      ),
    )
  })

  it('refuses a price that is per something else', () => {
    assert.throws(
      () => table.price('nat.gb', 'us-east-1', 'hour'),
      /gives nat\.gb in us-east-1 per GB; it is needed per hour/,
    )
  })

  it('charges each tier for its own part only', () => {
    const tiers = table.tiers('s3.standard.storage', 'us-east-1', 'GB-month')
    // By hand: 50 TB at 0.023, 450 TB at 0.022, 100 GB at 0.021.
    assert.equal(chargeTiers(tiers, gbMonths(100)), 2.3)
    assert.equal(
      Number(chargeTiers(tiers, gbMonths(512_100)).toFixed(4)),
      Number((51_200 * 0.023 + 460_800 * 0.022 + 100 * 0.021).toFixed(4)),
    )
  })

  it('changes only the prices that are meant when the table is scaled', () => {
    const dearer = table.scaled(item => item === 'nat.gb', 2)
    assert.equal(dearer.price('nat.gb', 'us-east-1', 'GB').price, 0.09)
    assert.equal(dearer.price('nat.hour', 'us-east-1', 'hour').price, 0.045)
    assert.equal(table.price('nat.gb', 'us-east-1', 'GB').price, 0.045)
  })
})

describe('the age of a price', () => {
  const day = (text: string) => Date.parse(text)

  it('is fine to the last day and stale the day after', () => {
    const last = day('2026-09-01') + STALE_AFTER_DAYS * 86_400_000
    assert.deepEqual(flagsOf(ROW, last), [])
    assert.deepEqual(flagsOf(ROW, last + 86_400_000), [
      { flag: 'stale', why: 'last seen 181 days ago, on 2026-09-01' },
    ])
  })

  it('is stale when nobody knows it', () => {
    assert.deepEqual(
      flagsOf({ ...ROW, date: null }, day('2026-09-02')).map(one => one.flag),
      ['stale'],
    )
  })

  it('is flagged apart from low confidence', () => {
    assert.deepEqual(
      flagsOf({ ...ROW, confidence: 'low' }, day('2026-09-02')).map(one => one.flag),
      ['low-confidence'],
    )
    assert.deepEqual(flagsOf({ ...ROW, confidence: 'medium' }, day('2026-09-02')), [])
  })
})

describe('a price table of one’s own', () => {
  let folder = ''
  before(() => (folder = mkdtempSync(join(tmpdir(), 'prices-'))))
  after(() => rmSync(folder, { recursive: true }))

  const write = (rows: readonly object[], text?: string): string => {
    const path = join(folder, 'mine.json')
    writeFileSync(path, text ?? JSON.stringify({ format: 1, currency: 'USD', sources: {}, prices: rows }))
    return path
  }

  it('replaces the shipped one', () => {
    const table = loadPrices(write([{ ...ROW, region: 'moon-1', price: 7 }]))
    assert.equal(table.price('ec2.linux.m7g.large', 'moon-1', 'hour').price, 7)
    assert.match(table.origin.sha256, /^[0-9a-f]{64}$/)
  })

  it('is refused with the place of what is wrong: number, item and region', () => {
    const cases: readonly (readonly [object[], RegExp])[] = [
      [
        [{ ...ROW, currency: 'EUR' }],
        /mine\.json:1:\d+ prices\[0\]\.currency: expected USD, found 'EUR' \(the price of ec2\.linux\.m7g\.large in us-east-1\)/,
      ],
      [[{ ...ROW, price: -1 }], /prices\[0\]\.price: expected at least 0, found the number -1/],
      [[{ ...ROW, price: 1e308 }], /prices\[0\]\.price: expected at most 1000000000/],
      [[ROW, { ...ROW, price: '5' }], /prices\[1\]\.price: expected a number, found '5'/],
      [[{ ...ROW, date: 'yesterday' }], /prices\[0\]\.date: expected a date such as 2026-09-01, found/],
      [[{ ...ROW, unit: 'hours' }], /prices\[0\]\.unit: unknown word 'hours'; did you mean 'hour'\?/],
      [[{ ...ROW, prise: 1 }], /prices\[0\]: unknown key 'prise'; did you mean 'price'\?/],
      [[ROW, ROW], /prices\[1\]: ec2\.linux\.m7g\.large in us-east-1 is there twice/],
      [
        [
          { ...ROW, tier: { from: 0, to: 5 } },
          { ...ROW, tier: { from: 6 } },
        ],
        /do not follow each other/,
      ],
      [[{ ...ROW, tier: { from: 5 } }], /do not follow each other from zero/],
      [
        [
          { ...ROW, tier: { from: 0, to: 5 } },
          { ...ROW, unit: 'GB', tier: { from: 5 } },
        ],
        /different units/,
      ],
      [[], /prices/],
    ]
    for (const [rows, expected] of cases)
      assert.throws(() => loadPrices(write(rows)), refusedWith(expected, /shows the format/))
  })

  it('is refused when it is no JSON or not there', () => {
    assert.throws(() => loadPrices(write([], '{')), /mine\.json:1:2 from here on it is not JSON/)
    assert.throws(
      () => loadPrices(write([], '{"format": 1,\n "sources": SHELL=/bin/sh}')),
      (error: Error) => error.message.endsWith('mine.json is not JSON') && !error.message.includes('SHELL'),
    )
    assert.throws(
      () => loadPrices(write([], '{"format": 1,\n "format": 2}')),
      /mine\.json:2:2 this key is here twice/,
    )
    assert.throws(() => loadPrices(join(folder, 'absent.json')), /absent\.json cannot be read/)
  })
})
