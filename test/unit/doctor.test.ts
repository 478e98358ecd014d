import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { type DoctorReport, diagnose } from '../../chaos/doctor/diagnose.ts'
import type { Finding } from '../../chaos/doctor/finding.ts'
import { atLeastVersion, javaMajor, type MachineFacts, operatingSystem } from '../../chaos/doctor/machine.ts'
import { printReport } from '../../chaos/doctor/print-report.ts'
import {
  availableFromVmStat,
  goFacts,
  javaVersion,
  mavenVersion,
  openFilesLimit,
} from '../../chaos/doctor/tool-output.ts'

const GIB = 1024 ** 3
const debian = operatingSystem(
  'linux',
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n',
)
const ubuntu = operatingSystem(
  'linux',
  'PRETTY_NAME="Ubuntu 25.10"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="25.10"\n',
)
const fedora = operatingSystem(
  'linux',
  'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=43\nPRETTY_NAME="Fedora Linux 43"\n',
)
const macos = operatingSystem('darwin', '15.5')

const complete: MachineFacts = {
  os: debian,
  node: '20.20.2',
  java: { version: '17.0.15', command: 'java' },
  maven: '3.8.7',
  go: { version: '1.26.8', fetchesNewer: false },
  toxiproxy: null,
  cached: { kafka: false, toxiproxy: false, versitygw: false },
  released: { toxiproxy: false, versitygw: false },
  lab: { block: 0, unbindable: [], taken: [], isUp: false },
  memoryAvailableBytes: 3 * GIB,
  disks: [
    { holds: 'the cache', path: '/home/u/.cache/aftershock', freeBytes: 2 * GIB },
    { holds: 'runs', path: '/home/u/aftershock/runs', freeBytes: 2 * GIB },
  ],
  openFiles: 2048,
  ss: 'ss utility, iproute2-6.1.0',
  automq: { home: '/opt/automq', version: '1.7.3', kafkaVersion: '3.9.1', kind: 'product' },
  postgres: {
    installed: { version: '15.14', postgres: '/usr/lib/postgresql/15/bin/postgres' },
    isPortableCached: false,
    hasPortable: true,
  },
  chromium: '/usr/bin/chromium',
  librdkafka: 'librdkafka 2.16.0 (confluent-kafka 2.16.1)',
}

function withFacts(changes: Partial<MachineFacts>): DoctorReport {
  return diagnose({ ...complete, ...changes })
}

function finding(report: DoctorReport, check: string): Finding {
  const found = report.findings.find(candidate => candidate.check === check)
  assert.ok(found, `no finding for ${check}`)
  return found
}

function states(report: DoctorReport): Record<string, string> {
  const flawed = report.findings.filter(({ state }) => state !== 'ok')
  return Object.fromEntries(flawed.map(({ check, state }) => [check, state]))
}

describe('the doctor', () => {
  it('says which PostgreSQL sinks write to, and lacks one only where there is no portable one', () => {
    const of = (
      installed: MachineFacts['postgres']['installed'],
      isPortableCached: boolean,
      hasPortable: boolean,
    ) => {
      const { state, found } = finding(
        withFacts({ postgres: { installed, isPortableCached, hasPortable } }),
        'PostgreSQL',
      )
      return [state, found]
    }
    assert.deepEqual(of({ version: '15.14', postgres: '/bin/postgres' }, true, true), [
      'ok',
      '15.14 (/bin/postgres)',
    ])
    assert.deepEqual(of(null, true, true), ['ok', 'a portable one is in the cache'])
    assert.deepEqual(of(null, false, true), ['ok', 'not found'])
    assert.deepEqual(of(null, false, false), ['absent', 'not found'])
  })

  it('is content with a machine that just has everything', () => {
    const report = withFacts({})
    assert.equal(report.ready, true)
    assert.deepEqual(states(report), {})
  })

  for (const [what, changes, check] of [
    ['Node is too old', { node: '18.20.8' }, 'Node'],
    ['Node is too new', { node: '25.0.0' }, 'Node'],
    ['there is no Java', { java: null }, 'JDK'],
    ['Java is too old', { java: { version: '11.0.27', command: 'java' } }, 'JDK'],
    ['Java is older than its version numbers', { java: { version: '1.8.0_452', command: 'java' } }, 'JDK'],
    ['Maven is too old', { maven: '3.6.2' }, 'Maven'],
    ['there is no Go', { go: null }, 'Go'],
    ['Go is too old', { go: { version: '1.19.8', fetchesNewer: false } }, 'Go'],
    [
      'Go is a little old and may not fetch a newer one',
      { go: { version: '1.22.2', fetchesNewer: false } },
      'Go',
    ],
    ['memory is short', { memoryAvailableBytes: 3 * GIB - 1 }, 'memory'],
    ['files are limited', { openFiles: 256 }, 'open files'],
    ['the system is another', { os: operatingSystem('win32', '') }, 'operating system'],
    [
      'an address cannot be bound',
      { lab: { ...complete.lab, unbindable: ['127.20.0.1'] } },
      'loopback addresses',
    ],
    ['a port is taken', { lab: { ...complete.lab, taken: ['127.20.0.1:9092'] } }, 'free ports'],
  ] as const satisfies readonly (readonly [string, Partial<MachineFacts>, string])[])
    it(`lacks exactly one thing when ${what}`, () => {
      const report = withFacts(changes)
      assert.equal(report.ready, false)
      assert.deepEqual(states(report), { [check]: 'lacking' })
      assert.match(printReport(report, { all: false }), new RegExp(`Not ready: ${check}\\.`))
    })

  it('names the folder whose disk is full', () => {
    const [cache, runs] = complete.disks
    assert.ok(cache && runs)
    const report = withFacts({ disks: [cache, { ...runs, freeBytes: GIB }] })
    assert.deepEqual(states(report), { 'disk for runs': 'lacking' })
  })

  it('is ready without what only adds to a run', () => {
    const report = withFacts({ ss: null, chromium: null, openFiles: null, automq: null })
    assert.equal(report.ready, true)
    assert.deepEqual(states(report), { ss: 'absent', AutoMQ: 'absent', Chromium: 'absent' })
  })

  it('says how to get AutoMQ where there is none, on every system', () => {
    for (const os of [debian, fedora, macos]) {
      const text = printReport(withFacts({ os, automq: null }), { all: false })
      for (const part of [
        'automq-1.7.3_kafka-3.9.1.tgz',
        '--automq-dist',
        'docker create',
        'docker cp',
        'AUTOMQ_HOME',
      ])
        assert.ok(text.includes(part), `${os.name}: ${part}`)
    }
  })

  it('never takes a stand-in for AutoMQ, nor a folder that is none', () => {
    const standIn = {
      home: '/opt/automq',
      version: '4.3.1',
      kafkaVersion: '4.3.1',
      kind: 'stand-in',
    } as const
    for (const automq of [standIn, { flaw: 'AUTOMQ_HOME: /opt/automq has no bin/kafka-server-start.sh' }]) {
      const report = withFacts({ automq })
      assert.equal(report.ready, true)
      assert.deepEqual(states(report), { AutoMQ: 'absent' })
      assert.doesNotMatch(finding(report, 'AutoMQ').found, /4\.3\.1|1\.7/)
    }
    assert.match(
      finding(withFacts({ automq: standIn }), 'AutoMQ').note ?? '',
      /do not hold AutoMQ: runs refuse it, unless AFTERSHOCK_ALLOW_STAND_IN=1/,
    )
  })

  it('needs neither Maven nor Go once their work is in the cache', () => {
    const report = withFacts({
      maven: null,
      go: null,
      cached: { kafka: true, toxiproxy: true, versitygw: true },
    })
    assert.equal(report.ready, true)
    assert.match(printReport(report, { all: false }), /Maven .*not needed: Kafka is in the cache/)
  })

  it('says which platforms cannot be run where nothing can build the object store', () => {
    const without = withFacts({ go: null, toxiproxy: '2.12.0' })
    assert.equal(without.ready, true)
    assert.match(finding(without, 'object store').note ?? '', /only kafka-tiered and automq use it/)
    const old = withFacts({ go: { version: '1.24.2', fetchesNewer: false } })
    assert.equal(finding(old, 'object store').state, 'absent')
    assert.equal(finding(withFacts({}), 'object store').state, 'ok')
  })

  it('needs neither where their work can be fetched, and says from where', () => {
    const released = { toxiproxy: true, versitygw: true }
    const report = withFacts({ maven: null, go: null, released })
    assert.deepEqual(states(report), {})
    const text = printReport(report, { all: false })
    assert.match(text, /Maven .*not needed: Kafka is fetched from Maven Central/)
    assert.match(text, /Go .*not needed: the released Toxiproxy is fetched from GitHub/)
    assert.match(finding(report, 'object store').note ?? '', /its released binary is/)
    // A Go that is too old would be asked to build all the same.
    const old = withFacts({ go: { version: '1.19.8', fetchesNewer: false }, released })
    assert.equal(finding(old, 'Go').state, 'lacking')
  })

  it('needs no Go where a toxiproxy-server is installed', () => {
    assert.equal(withFacts({ go: null, toxiproxy: '2.12.0' }).ready, true)
  })

  it('takes a Go of 1.21 that fetches a newer one by itself', () => {
    assert.equal(withFacts({ go: { version: '1.21.0', fetchesNewer: true } }).ready, true)
  })

  it('does not mind that the ports are taken by the lab that is up', () => {
    assert.equal(withFacts({ lab: { ...complete.lab, taken: ['127.20.0.1:9092'], isUp: true } }).ready, true)
  })
})

describe('the doctor’s advice', () => {
  const lacks = { java: null, maven: null, go: null }

  it('is for the system that it runs on', () => {
    const texts = [debian, fedora, macos].map(os => printReport(withFacts({ os, ...lacks }), { all: false }))
    for (const [index, tool] of ['apt-get', 'dnf', 'brew'].entries())
      for (const [other, text] of texts.entries())
        assert.equal(text.includes(`${tool} install`), index === other)
  })

  it('is for all systems when asked, and on a system that is none of them', () => {
    const arch = operatingSystem('linux', 'ID=arch\nPRETTY_NAME="Arch Linux"\n')
    for (const text of [
      printReport(withFacts(lacks), { all: true }),
      printReport(withFacts({ os: arch, ...lacks }), { all: false }),
    ])
      for (const tool of ['apt-get', 'dnf', 'brew'])
        assert.ok(text.includes(`${tool} install`), `${tool}: ${text}`)
  })

  it('has a command for each tool that may be lacking, on each system', () => {
    const report = withFacts({ ...lacks, node: '18.0.0', openFiles: 10 })
    const old = withFacts({ maven: '3.6.2' })
    for (const commands of Object.values(finding(old, 'Maven').mend)) assert.ok(commands.length > 0)
    for (const check of ['Node', 'JDK', 'Go', 'open files'])
      for (const [family, commands] of Object.entries(finding(report, check).mend))
        assert.ok(commands.length > 0, `${check} on ${family}`)
  })

  it('gives macOS the loopback aliases, each by its address', () => {
    const unbindable = ['127.10.1.2', '127.20.0.3']
    const { mend } = finding(
      withFacts({ os: macos, lab: { ...complete.lab, unbindable } }),
      'loopback addresses',
    )
    assert.deepEqual(mend.macos, ['for a in 127.10.1.2 127.20.0.3; do sudo ifconfig lo0 alias "$a" up; done'])
  })

  it('offers another block of addresses when a port is taken', () => {
    const taken = { block: 9, unbindable: [], taken: ['127.29.0.1:9092'], isUp: false }
    const { mend } = finding(withFacts({ lab: taken }), 'free ports')
    assert.match(mend.debian.join('\n'), /AFTERSHOCK_LAB=0/)
    assert.match(mend.macos.join('\n'), /lsof .*:9092/)
  })

  it('does not send Debian 12 to its own package of Go, which is too old', () => {
    assert.match(finding(withFacts({ go: null }), 'Go').mend.debian.join('\n'), /go\.dev/)
    assert.match(
      finding(withFacts({ os: ubuntu, go: null }), 'Go').mend.debian.join('\n'),
      /apt-get install -y golang-go/,
    )
  })
})

describe('what the doctor reads', () => {
  it('knows the family of a system from its kin', () => {
    assert.deepEqual(
      [debian, ubuntu, fedora, macos].map(({ family, version }) => [family, version]),
      [
        ['debian', 12],
        ['debian', 25],
        ['fedora', 43],
        ['macos', 15],
      ],
    )
    assert.equal(operatingSystem('linux', 'ID="rocky"\nID_LIKE="rhel centos fedora"\n').family, 'fedora')
    assert.equal(operatingSystem('linux', '').family, null)
  })

  it('reads the versions that tools print', () => {
    assert.equal(javaVersion('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment'), '17.0.15')
    assert.equal(javaVersion('The operation couldn’t be completed. Unable to locate a Java Runtime.'), null)
    assert.equal(mavenVersion('\u001b[1mApache Maven 3.8.7\u001b[m\nMaven home: /usr/share/maven'), '3.8.7')
    assert.deepEqual(goFacts('go1.26.8\nlocal\n'), { version: '1.26.8', fetchesNewer: false })
    assert.deepEqual(goFacts('go1.22.2\nauto\n'), { version: '1.22.2', fetchesNewer: true })
    assert.deepEqual(goFacts('go1.19.8\n\n'), { version: '1.19.8', fetchesNewer: false })
    assert.equal(goFacts(null), null)
    assert.deepEqual(['1024\n', 'unlimited\n', '', null].map(openFilesLimit), [1024, Infinity, null, null])
  })

  it('counts the pages of macOS that can be had at once', () => {
    const vmStat = `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               10000.
Pages active:                            300000.
Pages inactive:                          200000.
Pages speculative:                         5000.
Pages purgeable:                           1000.
`
    assert.equal(availableFromVmStat(vmStat), 216_000 * 16_384)
    assert.equal(availableFromVmStat('nonsense'), null)
  })

  it('compares versions by number', () => {
    assert.equal(atLeastVersion('3.10.0', '3.9.9'), true)
    assert.equal(atLeastVersion('1.23', '1.23.0'), true)
    assert.equal(atLeastVersion('1.22.12', '1.23'), false)
    assert.equal(atLeastVersion('4', '3.6.3'), true)
    assert.deepEqual(['1.8.0_452', '17.0.15', '21-ea'].map(javaMajor), [8, 17, 21])
  })
})
