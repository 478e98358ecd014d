import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { describe, it } from 'mocha'
import { importCircles } from './import-circles.ts'
import { withMap } from '../house/contributing.ts'
import { code, FOLDERS, importsOf, read, sources as files, typescript } from '../house/imports.ts'
import { foldersOfTheProduct } from '../house/map.ts'
import { ROOMS as DESCRIBED } from '../house/rooms.ts'

/** The rules of the house, as far as a program can check them. */

interface ImportRule {
  /** The files that it binds: a prefix of their path. */
  readonly of: string
  /** Prefixes of what they may import of this repository; their own folder is always allowed. */
  readonly only?: readonly string[]
  readonly never?: readonly string[]
  /** Files that it does not bind, although they are in it. */
  readonly but?: readonly string[]
  /** Packages that they may import; without it, any. */
  readonly packages?: readonly string[]
}

const AFTER_THE_RUN = ['chaos/drivers/', 'chaos/faults/', 'chaos/fleet/']
const BELOW_DRIVERS = [
  'chaos/core/',
  'chaos/kafka/',
  'chaos/machine/',
  'chaos/net/',
  'chaos/platforms/',
  'chaos/record/',
  'chaos/package-root.ts',
  'chaos/system-clock.ts',
]
const RULES: readonly ImportRule[] = [
  { of: 'lib/', only: ['chaos/core/', 'chaos/platforms/', 'chaos/package-root.ts'] },
  // The rest of the program runs without the CDK, and where there is no lib/ at all.
  { of: 'chaos/', never: ['lib/'], but: ['chaos/commands/deploy', 'chaos/commands/destroy.ts'] },
  { of: 'chaos/core/', only: [], packages: ['zod', 'yaml'] },
  { of: 'chaos/record/', only: ['chaos/core/'] },
  { of: 'chaos/platforms/', only: ['chaos/core/'], packages: [] },
  { of: 'chaos/net/', only: ['chaos/core/', 'chaos/system-clock.ts'] },
  { of: 'chaos/kafka/', only: ['chaos/core/', 'chaos/net/', 'chaos/platforms/', 'chaos/system-clock.ts'] },
  { of: 'chaos/page/', only: ['chaos/core/'], packages: ['echarts'] },
  { of: 'chaos/numbers/', only: ['chaos/core/', 'chaos/record/'], packages: [] },
  { of: 'chaos/faults/', only: ['chaos/core/', 'chaos/drivers/driver.ts'], packages: ['zod'] },
  { of: 'chaos/machine/', only: ['chaos/core/'] },
  { of: 'chaos/drivers/', only: BELOW_DRIVERS },
  {
    of: 'chaos/drivers/local/',
    never: ['chaos/drivers/aws/', 'chaos/drivers/attach/', 'chaos/drivers/index.ts'],
  },
  { of: 'chaos/drivers/attach/', never: ['chaos/drivers/local/', 'chaos/drivers/index.ts'] },
  { of: 'chaos/drivers/aws/', never: ['chaos/drivers/local/', 'chaos/drivers/index.ts'] },
  { of: 'chaos/audit/', never: AFTER_THE_RUN },
  { of: 'chaos/score/', never: AFTER_THE_RUN },
  { of: 'chaos/cost/', never: AFTER_THE_RUN },
  { of: 'chaos/report/', never: AFTER_THE_RUN },
  { of: 'chaos/compare/', never: AFTER_THE_RUN },
]

/**
 * The rooms from the ground up: a file imports from its own room and from those that stand before it here, never from
 * one that stands after it.
 */
const ROOMS = [
  'chaos/core/',
  'chaos/package-root.ts',
  'chaos/system-clock.ts',
  'chaos/out-place.ts',
  'chaos/net/',
  'chaos/machine/',
  'chaos/record/',
  'chaos/platforms/',
  'chaos/kafka/',
  'chaos/page/',
  'chaos/drivers/',
  'chaos/faults/',
  'chaos/actions/',
  'chaos/numbers/',
  'chaos/score/',
  'chaos/drill/',
  'chaos/staged-program.ts',
  'chaos/shipped-contract.ts',
  'chaos/audit/',
  'chaos/cost/',
  'chaos/seal/',
  'chaos/approvals/',
  'chaos/fleet/',
  'chaos/replay/',
  'chaos/governance/',
  'chaos/compatibility/',
  'chaos/doctor/',
  'chaos/report/',
  'chaos/judge/',
  'chaos/run/',
  'chaos/live/',
  'chaos/export/',
  'chaos/compare/',
  'chaos/runs/',
  'chaos/readiness/',
  'chaos/gameday/',
  'lib/',
  'chaos/commands/',
  'chaos/audit-function.ts',
  'chaos/cli.ts',
  'test/',
  'bin/',
  'bench/',
]

describe('the style of the code', () => {
  it('has rooms in an order, and no import goes up', () => {
    const floor = (file: string) => ROOMS.findIndex(room => file.startsWith(room))
    const unplaced = files.filter(file => floor(file) < 0)
    assert.deepEqual(unplaced, [])
    const upward = files.flatMap(file =>
      importsOf(file)
        .filter(target => floor(target) > floor(file))
        .map(target => `${file} imports ${target}`),
    )
    assert.deepEqual(upward, [])
  })

  it('has no circles of imports', () => {
    const imports = new Map(files.map(file => [file, importsOf(file)] as const))
    assert.deepEqual(importCircles(imports), [])
  })

  it('notices a circle of imports, also beside files that are in none', () => {
    const imports = new Map([
      ['a', ['b', 'node:fs']],
      ['b', ['c']],
      ['c', ['a', 'd']],
      ['d', []],
      ['e', ['d', 'a']],
    ])
    assert.deepEqual(importCircles(imports), [['a', 'b', 'c']])
    assert.deepEqual(
      importCircles(
        new Map([
          ['a', ['b']],
          ['b', []],
        ]),
      ),
      [],
    )
  })

  it('lets each part import only what the map allows', () => {
    const broken = typescript.flatMap(file => importsOf(file).flatMap(target => violations(file, target)))
    assert.deepEqual(broken, [])
  })

  it('notices an import that the map forbids', () => {
    assert.equal(violations('lib/x-stack.ts', 'chaos/drill/load-drill.ts').length, 1)
    assert.equal(violations('chaos/core/clock.ts', 'node:fs').length, 1)
    assert.equal(violations('chaos/faults/zone-cut.ts', 'chaos/drivers/local/lab/lab.ts').length, 1)
    assert.equal(violations('chaos/audit/audit.ts', 'chaos/fleet/fleet.ts').length, 1)
    assert.equal(violations('chaos/faults/zone-cut.ts', 'chaos/faults/fault.ts').length, 0)
    assert.equal(violations('lib/x-stack.ts', 'chaos/platforms/kafka/properties.ts').length, 0)
    assert.equal(violations('chaos/commands/run.ts', 'lib/deploy/plan.ts').length, 1)
    assert.equal(violations('chaos/commands/deployment.ts', 'lib/deploy/plan.ts').length, 0)
  })

  it('loads what deploys only when somebody deploys', () => {
    const loading = typescript
      .filter(file => file.startsWith('chaos/'))
      .filter(file => /^import (?!type )(\{[^}]*\}|[^{']*) from '[./]+\/lib\//m.test(code(file)))
    assert.deepEqual(loading, [])
  })

  it('loads what writes OTLP and Parquet only when somebody exports so', () => {
    const loading = typescript
      .filter(file => file.startsWith('chaos/'))
      .filter(file =>
        /^import (?!type )(\{[^}]*\}|[^{']*) from '(@opentelemetry\/|hyparquet|[./\w]+\/(otlp|parquet)\.ts)/m.test(
          code(file),
        ),
      )
    assert.deepEqual(loading, ['chaos/export/otlp.ts', 'chaos/export/parquet.ts'])
  })

  it('throws errors of one class, which say who can mend what and how', () => {
    const bare = files
      .filter(file => /^(chaos|lib|bin)\/.*\.(ts|mjs)$/.test(file))
      .filter(file => /\bnew (Type|Range|Syntax|Aggregate)?Error\(/.test(code(file)))
    assert.deepEqual(bare, [])
  })

  it('says in each error that a user can mend what to do about it', () => {
    const silent = typescript
      .filter(file => /^(chaos|lib|bin)\//.test(file))
      .flatMap(file =>
        errorsOf(code(file))
          .filter(error => /^\s*'(usage|input|refused)'/.test(error) && !/\bhint\b/.test(error))
          .map(error => `${file}: ${error.replace(/\s+/g, ' ').slice(0, 100)}`),
      )
    assert.deepEqual(silent, [])
    assert.deepEqual(errorsOf("throw new AftershockError('input', f(1), {})"), ["'input', f(1), {}"])
  })

  it('knows environments by their port, and a kind of them only through the registry', () => {
    const importing = (outside: string, what: RegExp) =>
      typescript
        .filter(file => file.startsWith('chaos/') && !file.startsWith(outside))
        .filter(file => importsOf(file).some(target => what.test(target)))
    assert.deepEqual(importing('chaos/drivers/', /^chaos\/drivers\/[^/]+\//), [])
    const ofLab = importing('chaos/drivers/local/', /^chaos\/drivers\/local\//)
    assert.deepEqual(ofLab, ['chaos/drivers/index.ts'])
  })

  it('keeps every file within 400 lines, and entry points within 80', () => {
    const tooLong = files
      .map(file => ({ file, lines: read(file).split('\n').length - 1 }))
      .filter(({ file, lines }) => lines > (file.startsWith('bin/') ? 80 : 400))
    assert.deepEqual(tooLong, [])
  })

  it('names files in kebab-case, after what they hold', () => {
    const vague = new Set(['utils', 'helpers', 'common', 'types', 'misc', 'shared'])
    const badlyNamed = files.filter(file => {
      const [name = ''] = basename(file).split('.')
      return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || vague.has(name)
    })
    assert.deepEqual(badlyNamed, [])
  })

  it('asks for time, randomness and delays in one file only', () => {
    const allowed = new Set(['chaos/system-clock.ts', 'test/unit/style.test.ts'])
    const asking = typescript
      .filter(file => !allowed.has(file))
      .filter(file =>
        /\bDate\.now\(|\bMath\.random\(|\bnew Date\(\)|timers\/promises|new Promise.*setTimeout/.test(
          code(file),
        ),
      )
    assert.deepEqual(asking, [])
  })

  it('writes the documents of a run with the one writer that never leaves half a file', () => {
    // Keys are written once and never over another; a lock is taken by being the first to write it.
    const allowed = ['chaos/machine/process-lock.ts', 'chaos/record/bounded-files.ts', 'chaos/seal/keys.ts']
    const writing = typescript
      .filter(file => file.startsWith('chaos/') && !file.startsWith('chaos/drivers/'))
      .filter(file => !allowed.includes(file) && /\bwriteFile(Sync)?\(/.test(code(file)))
    assert.deepEqual(writing, [])
  })

  it('asks over HTTP in few files only, whose calls always end', () => {
    // Programs that answer over HTTP do not ask; the AWS SDK has time-outs of its own.
    const allowed = [
      'chaos/net/http-call.ts',
      'chaos/net/download.ts',
      'chaos/live/serve-live.ts',
      'chaos/drivers/local/store/s3-proxy/',
      'lib/assets/download.mjs',
    ]
    const asking = files
      .filter(file => /^(chaos|lib|bin)\//.test(file) && !allowed.some(prefix => file.startsWith(prefix)))
      .filter(
        file =>
          /\bfetch\(|AbortSignal\.timeout/.test(code(file)) ||
          importsOf(file).some(target => /^(node:)?https?2?$|^undici$|^axios$|^toxiproxy-/.test(target)),
      )
    assert.deepEqual(asking, [])
  })

  it('has a line in CONTRIBUTING.md for each room that there is, and for no other', () => {
    const lines = DESCRIBED.map(({ path }) => path).filter(path => path.startsWith('chaos/'))
    assert.deepEqual(lines.filter(path => path !== 'chaos/drivers/').toSorted(), foldersOfTheProduct())
  })

  it('has a map in CONTRIBUTING.md that is what the sources import', () => {
    const page = read('CONTRIBUTING.md')
    assert.match(page, /<!-- rooms -->\n[^]*<!-- imports -->\n/)
    assert.equal(page, withMap(page), '`node --import tsx bin/map.ts` writes it again')
  })

  it('asks for a trait of a platform, and never for its name', () => {
    const byName =
      /(?:[!=]==\s*|\bcase\s+|\b(?:startsWith|includes|endsWith)\(\s*)['"`](?:kafka|kafka-tiered|automq|automq-router)['"`]|['"`](?:kafka-tiered|automq|automq-router)['"`]\s*[!=]==/
    assert.match("if (platform === 'kafka-tiered')", byName)
    assert.match("platform.startsWith('automq')", byName)
    const asking = typescript
      .filter(file => /^(chaos|lib|bin)\//.test(file) && !file.startsWith('chaos/platforms/'))
      .filter(file => byName.test(code(file)))
    assert.deepEqual(asking, [])
  })

  it('says nothing to users in the words that the glossary took out', () => {
    const taken =
      /nobody says|could not be told|cannot be told|was not to be had|which is no product|whoever comes|no (broker|cause|partition) (told|could be told)|'not told'/
    const speaking = typescript
      .filter(file => /^(chaos|lib|bin)\//.test(file))
      .filter(file => taken.test(code(file)))
    assert.deepEqual(speaking, [])
  })

  it('has no escape from the types', () => {
    const escaping = typescript.filter(file => /@ts-(ignore|nocheck)|\bas any\b|: any\b/.test(code(file)))
    assert.deepEqual(
      escaping.filter(file => file !== 'test/unit/style.test.ts'),
      [],
    )
  })

  it('makes topics without the wait of kafkajs, which fails where a broker has not heard of them yet', () => {
    const waiting = files
      .filter(file => file.endsWith('.ts') && !file.startsWith('test/unit/'))
      .filter(file =>
        [...code(file).matchAll(/\b(?:admin|administrator)\.createTopics\(\{([^]{0,200})/g)].some(
          ([, options = '']) => !/waitForLeaders: false/.test(options),
        ),
      )
    assert.deepEqual(waiting, [])
  })

  it('runs tests of the one lab alone, by their name', () => {
    const started = /\/(test-lab|program|plain-cluster|tiered-broker|foreign-cluster)\.ts'/
    const wrong = files
      .filter(file => /^test\/local\/.*\.test\.ts$/.test(file))
      .filter(file => started.test(read(file)) !== file.endsWith('.lab.test.ts'))
    assert.deepEqual(wrong, [])
  })

  it('runs every test, by `npm test` or by `npm run test:drills`', () => {
    const runner = read('bin/test.mjs')
    assert.ok(['unit', 'stacks', 'local'].every(room => runner.includes(`'test/${room}/**/*.test.ts'`)))
    assert.match(read('package.json'), /"test:drills": "node bin\/test\.mjs test\/drills"/)
    const tests = files.filter(file => file.endsWith('.test.ts'))
    assert.deepEqual(
      tests.filter(file => !/^test\/(unit|stacks|local|drills)\//.test(file)),
      [],
    )
  })

  it('opens no socket and starts no process in unit tests', () => {
    const forbidden = new Set([
      'node:net',
      'node:child_process',
      'node:http',
      'node:dgram',
      'node:worker_threads',
    ])
    const offending = typescript
      .filter(file => file.startsWith('test/unit/'))
      .filter(file => importsOf(file).some(target => forbidden.has(target)))
    assert.deepEqual(offending, [])
  })
})

function violations(file: string, target: string): string[] {
  const inRepository = FOLDERS.some(folder => target.startsWith(`${folder}/`))
  const binds = ({ of, but }: ImportRule) =>
    file.startsWith(of) && !but?.some(prefix => file.startsWith(prefix))
  return RULES.filter(binds).flatMap(rule => {
    const complaint = [`${file} imports ${target}`]
    if (!inRepository) return rule.packages === undefined || rule.packages.includes(target) ? [] : complaint
    if (target.startsWith(rule.of)) return []
    if (rule.only && !rule.only.some(prefix => target.startsWith(prefix))) return complaint
    return rule.never?.some(prefix => target.startsWith(prefix)) ? complaint : []
  })
}

/** What stands between the parentheses wherever an error is made. */
function errorsOf(text: string): string[] {
  return [...text.matchAll(/new AftershockError\(/g)].map(({ index, 0: start }) => {
    const from = index + start.length
    let depth = 1
    let to = from
    for (; depth > 0 && to < text.length; to++) depth += { '(': 1, ')': -1 }[text[to] ?? ''] ?? 0
    return text.slice(from, to - 1)
  })
}
