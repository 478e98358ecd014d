import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'mocha'
import { javaSettings, librdkafkaSettings } from '../../../chaos/compatibility/client-settings.ts'
import { compatibilityScorecard, summaryOf } from '../../../chaos/compatibility/compatibility-row.ts'
import { compatibilityWords } from '../../../chaos/compatibility/compatibility-words.ts'
import { kafkaJsAnswer } from '../../../chaos/compatibility/kafkajs-answer.ts'
import {
  CannotTry,
  type ClientAnswer,
  type ClientName,
  CLIENTS,
  lacking,
  tries,
} from '../../../chaos/compatibility/line.ts'
import { LINES } from '../../../chaos/compatibility/lines/index.ts'
import { judgeLine } from '../../../chaos/compatibility/try-platform.ts'
import type { LoginRecipe } from '../../../chaos/kafka/login-recipe.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import type { Compatibility } from '../../../chaos/record/compatibility.ts'
import { scorecard } from '../../../chaos/record/scorecard.ts'

const folder = (...path: string[]) => packageFile('chaos', 'compatibility', ...path)
const pythonOf = (line: string) => folder('librdkafka', `${line.replaceAll('-', '_')}.py`)
const javaOf = (line: string) =>
  folder(
    'java',
    'aftershock',
    'compatibility',
    `${line.replaceAll(/(^|-)(\w)/g, (_all, _dash, letter: string) => letter.toUpperCase())}.java`,
  )

describe('the lines of compatibility', () => {
  it('have a file each, and are all in the registry', () => {
    const files = readdirSync(folder('lines')).filter(name => name !== 'index.ts')
    assert.deepEqual(files.toSorted(), LINES.map(({ line }) => `${line}.ts`).toSorted())
  })

  it('have a probe in the language of each client that tries them, and no other probes', () => {
    for (const line of LINES) {
      assert.equal(existsSync(pythonOf(line.line)), tries(line, 'librdkafka'), pythonOf(line.line))
      assert.equal(existsSync(javaOf(line.line)), tries(line, 'java'), javaOf(line.line))
    }
  })

  it('are tried by two clients, or say why one is enough', () => {
    for (const line of LINES) {
      const who = CLIENTS.filter(client => tries(line, client))
      if (line.one === undefined) assert.ok(who.length >= 2, `${line.line}: ${who.join(', ')}`)
      else assert.equal(who.length, 1, line.line)
    }
  })

  it('stand in the page about them', () => {
    const page = readFileSync(packageFile('docs', 'compatibility.md'), 'utf8')
    for (const { line } of LINES) assert.ok(page.includes(`| \`${line}\` |`), line)
  })
})

const [two] = LINES
const one = LINES.find(line => line.one !== undefined)
const pass: ClientAnswer = { verdict: 'pass', shown: 'seen' }
const fail: ClientAnswer = { verdict: 'fail', shown: 'a broker refused it' }
const open: ClientAnswer = { verdict: 'not-run', shown: 'it was late' }

describe('the verdict of a line', () => {
  const verdict = (answers: Partial<Record<ClientName, ClientAnswer>>, line = two) => {
    assert.ok(line)
    return judgeLine(line, new Map(Object.entries(answers) as [ClientName, ClientAnswer][])).verdict
  }
  it('is a pass where two clients saw it', () => {
    assert.equal(verdict({ kafkajs: pass, java: pass }), 'pass')
    assert.equal(verdict({ kafkajs: pass, librdkafka: pass, java: open }), 'pass')
  })
  it('is not run where one alone saw it, and one must not do', () => {
    assert.equal(verdict({ kafkajs: pass }), 'not-run')
    assert.equal(verdict({ kafkajs: pass, librdkafka: open, java: open }), 'not-run')
    assert.equal(verdict({}), 'not-run')
  })
  it('is a fail where one was refused, whatever others saw', () => {
    assert.equal(verdict({ kafkajs: pass, librdkafka: pass, java: fail }), 'fail')
  })
  it('is a pass by Kafka’s own alone where it must be that', () => {
    assert.equal(verdict({ java: pass }, one), 'pass')
    assert.equal(verdict({ java: open }, one), 'not-run')
  })
})

describe('what a probe of kafkajs comes to', () => {
  const answer = (error: unknown) =>
    kafkaJsAnswer(async () => {
      throw error
    }, undefined as never)
  const brokers = (retriable: boolean) =>
    Object.assign(new Error('refused'), { type: 'INVALID_CONFIG', code: 40, retriable })
  it('is a fail only where it lacks something or a broker said no', async () => {
    const lacks = async () => lacking('it is not so')
    assert.deepEqual(await kafkaJsAnswer(lacks, undefined as never), {
      verdict: 'fail',
      shown: 'it is not so',
    })
    assert.equal((await answer(brokers(false))).verdict, 'fail')
    assert.equal(
      (await answer(Object.assign(new Error('gave up'), { cause: brokers(false) }))).verdict,
      'fail',
    )
  })
  it('is open where a network, a machine or this program may be to blame', async () => {
    assert.equal((await answer(new Error('Connection timeout'))).verdict, 'not-run')
    assert.equal((await answer(brokers(true))).verdict, 'not-run')
    assert.equal((await answer(new CannotTry('there is no authorizer'))).verdict, 'not-run')
  })
})

describe('how other clients log in', () => {
  const recipe: LoginRecipe = {
    mechanism: 'SCRAM-SHA-512',
    username: 'a "fleet"',
    password: 'back\\slash',
    tls: {
      authorities: 'AUTHORITY',
      certificate: null,
      key: null,
      passphrase: null,
      serverName: null,
      checksNames: false,
    },
    tokens: null,
  }
  it('is said in the settings of librdkafka', () => {
    assert.deepEqual(librdkafkaSettings(null, null), {})
    assert.deepEqual(librdkafkaSettings(recipe, null), {
      'security.protocol': 'SASL_SSL',
      'sasl.mechanisms': 'SCRAM-SHA-512',
      'sasl.username': 'a "fleet"',
      'sasl.password': 'back\\slash',
      'ssl.ca.pem': 'AUTHORITY',
      'ssl.endpoint.identification.algorithm': 'none',
    })
  })
  it('is said in those of Java, with what its quotes need', () => {
    const { 'sasl.jaas.config': jaas, ...rest } = javaSettings(recipe)
    assert.match(jaas ?? '', /ScramLoginModule required username="a \\"fleet\\"" password="back\\\\slash";$/)
    assert.deepEqual(rest, {
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': 'AUTHORITY',
      'ssl.endpoint.identification.algorithm': '',
    })
  })
})

describe('the table', () => {
  const lines: Compatibility['lines'] = LINES.slice(0, 3).map((line, index) =>
    judgeLine(
      line,
      new Map<ClientName, ClientAnswer>([
        ['kafkajs', pass],
        ['librdkafka', index === 1 ? fail : index === 2 ? open : pass],
      ]),
    ),
  )
  const tried: Compatibility = {
    format: 1,
    at: '2026-12-01T00:00:00.000Z',
    platform: 'kafka',
    software: null,
    where: 'lab',
    clients: { kafkajs: { version: 'kafkajs 2.2.4', why: null }, java: { version: null, why: 'only a JRE' } },
    lines,
    verdict: 'fail',
  }
  it('says what each client came to, and in words what did not hold', () => {
    const words = compatibilityWords(tried, 100)
    assert.match(words, /^kafka \(lab\): 1 of 3 lines hold, 1 does not, 1 was not run\n/)
    assert.match(words, /✗ record-codecs +FAIL +✓ +✗ +·\n/)
    assert.match(words, /· headers +not run +✓ +· +·\n/)
    assert.match(words, /librdkafka: a broker refused it/)
    assert.match(words, /kafkajs alone saw it; librdkafka: it was late/)
    assert.match(words, /java: not tried: only a JRE/)
    assert.equal(summaryOf(tried), '1 of 3 lines hold, 1 does not, 1 was not run')
  })
  it('is a row of a scorecard, whose open lines are inconclusive', () => {
    const card = scorecard.parse(compatibilityScorecard(tried, 'a-run'))
    const [row] = card.rows
    assert.deepEqual([card.verdict, row?.dimension, row?.verdict], ['fail', 'compatibility', 'fail'])
    assert.deepEqual(
      row?.checks.map(({ verdict }) => verdict),
      ['pass', 'fail', 'inconclusive'],
    )
    assert.deepEqual(
      row?.proof.map(({ selector, value }) => [selector, value]),
      [
        ['/lines/1/verdict', 'fail'],
        ['/lines/2/verdict', 'not-run'],
      ],
    )
  })
})
