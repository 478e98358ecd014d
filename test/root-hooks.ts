import { readFileSync } from 'node:fs'
import type { Context, RootHookObject, Suite } from 'mocha'
import { waitFor } from '../chaos/core/wait.ts'
import { systemClock } from '../chaos/system-clock.ts'
import { endKeptLab, keptLab } from './local/kept-lab.ts'
import { temporaryFolder } from './temporary.ts'

/**
 * Around every test file: a temporary folder of its own, within it one for each test, and at its end a look at what it
 * left running or listening, which fails the file that did.
 */
let ofTest: Disposable | undefined
let ofProcess: Disposable | undefined

export const mochaHooks: RootHookObject = {
  beforeAll(this: Context) {
    const root = this.test?.parent
    const suites = root?.suites ?? []
    // Elsewhere tests share what they make: synthesized templates, and the sources that started programs compile.
    if (suites.length > 0 && suites.every(isUnit)) ofProcess = temporaryFolder()
    // A lab that listens meanwhile is that of the files which are run for it, maybe in another process.
    mayStartLab = suites.some(usesLab)
    known = running()
    for (const suite of suites) suite.afterAll('nothing is left running or listening', expectNothingLeft)
  },
  beforeEach() {
    if (ofProcess) ofTest = temporaryFolder()
  },
  afterEach() {
    ofTest?.[Symbol.dispose]()
    ofTest = undefined
  },
  async afterAll() {
    await endKeptLab()
    ofProcess?.[Symbol.dispose]()
    ofProcess = undefined
  },
}

const isUnit = ({ file }: Suite): boolean => file?.includes('/test/unit/') ?? false

const usesLab = ({ file }: Suite): boolean => /\.lab\.test\.ts$|\/test\/drills\//.test(file ?? '')

/** What keeps a process from ending and has somebody else at its other side. */
const WATCHED = new Set([
  'TCPServerWrap',
  'TCPSocketWrap',
  'UDPWrap',
  'PipeServerWrap',
  'ProcessWrap',
  'Worker',
])
/** What was closed a moment ago takes a few turns to be gone; a process, a little longer. */
const DEADLINE_MS = 10_000
/** What was there when this file began, or was told of already. */
let known: ReadonlySet<string> = new Set()
let mayStartLab = true

async function expectNothingLeft(): Promise<void> {
  const left = () => [...running()].filter(one => !known.has(one))
  try {
    await waitFor('what this file started to end', () => left().length === 0, {
      clock: systemClock,
      deadlineMs: DEADLINE_MS,
      everyMs: 20,
      lastSeen: () => left().join(', '),
    })
  } finally {
    known = running()
  }
}

function running(): ReadonlySet<string> {
  const kinds = process.getActiveResourcesInfo().filter(kind => WATCHED.has(kind))
  const numbered = kinds.toSorted().map((kind, index, all) => `${kind} ${index - all.indexOf(kind) + 1}`)
  // One that goes on to the next file is whole, and ends with the last.
  const looksAtLab = mayStartLab && !keptLab.current
  return new Set([...numbered, ...(looksAtLab ? listeningOfLab() : [])])
}

/** The second octets of the tests' own lab, block 9 (chaos/platforms/addresses.ts), as /proc writes addresses. */
const OF_LAB = ['137F', '1D7F']
const LISTEN = '0A'

/** Elsewhere than on Linux nothing is seen. */
function listeningOfLab(): string[] {
  let table = ''
  try {
    table = readFileSync('/proc/net/tcp', 'utf8')
  } catch {
    return []
  }
  return table
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .flatMap(([, address = '', , state]) =>
      state === LISTEN && OF_LAB.includes(address.slice(4, 8)) ? [`a listener at ${shown(address)}`] : [],
    )
}

function shown(address: string): string {
  const octets = [6, 4, 2, 0].map(at => Number.parseInt(address.slice(at, at + 2), 16))
  return `${octets.join('.')}:${Number.parseInt(address.slice(9), 16)}`
}
