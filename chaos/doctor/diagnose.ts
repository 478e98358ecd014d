import { PLATFORMS } from '../platforms/index.ts'
import { autoMqFinding } from './automq-finding.ts'
import type { Finding } from './finding.ts'
import { atLeastVersion, javaMajor, type MachineFacts, major } from './machine.ts'
import {
  chromiumRemedy,
  goRemedy,
  javaRemedy,
  librdkafkaRemedy,
  loopbackRemedy,
  mavenRemedy,
  NO_REMEDY,
  nodeRemedy,
  openFilesRemedy,
  portsRemedy,
  postgresRemedy,
  type Remedy,
  ssRemedy,
} from './remedies.ts'

const GIB = 1024 ** 3
/** Three brokers with 256 MB of heap and up to 128 MB of direct memory each, proxy and fleet; the rest is page cache. */
const MEMORY_BYTES = 3 * GIB
/** Measured: 104 MB in the cache, 330 MB that Maven and Go keep for themselves. The rest is room for runs. */
const DISK_BYTES = 2 * GIB
/** Brokers hold several files open per partition, the proxy two sockets per connection. */
const OPEN_FILES = 2048
const MAVEN_MINIMUM = '3.6.3'
const GO_MINIMUM = '1.23'
/** As the modules of versitygw 1.8.0 ask for. */
const STORE_GO_MINIMUM = '1.25'
/** From here on, Go fetches the toolchain that a module asks for. */
const GO_FETCHES_FROM = '1.21'

export interface DoctorReport {
  readonly ready: boolean
  readonly os: MachineFacts['os']
  readonly findings: readonly Finding[]
}

/** What a machine is to do: have a lab of brokers, or clients of a cluster that is elsewhere. */
export const MACHINE_ROLES = ['local', 'attach'] as const
export type MachineRole = (typeof MACHINE_ROLES)[number]

/** Devices, readers and proxies of a run that has no brokers on this machine. */
const CLIENTS_MEMORY_BYTES = GIB

/** Judges a machine by its facts alone. */
export function diagnose(facts: MachineFacts, role: MachineRole = 'local'): DoctorReport {
  return role === 'local' ? diagnoseLab(facts) : diagnoseClients(facts)
}

/** Neither a JDK nor Maven, nor the lab's addresses: brokers are somebody else's. */
function diagnoseClients(facts: MachineFacts): DoctorReport {
  const findings = [
    system(facts),
    node(facts),
    go(facts),
    memory(facts, CLIENTS_MEMORY_BYTES),
    ...facts.disks.map(disk),
    openFiles(facts),
    ss(facts),
    librdkafka(facts),
  ]
  return { ready: findings.every(finding => finding.state !== 'lacking'), os: facts.os, findings }
}

function diagnoseLab(facts: MachineFacts): DoctorReport {
  const findings = [
    system(facts),
    node(facts),
    java(facts),
    maven(facts),
    go(facts),
    loopback(facts),
    ports(facts),
    memory(facts),
    ...facts.disks.map(disk),
    openFiles(facts),
    ss(facts),
    objectStore(facts),
    autoMqFinding(facts),
    postgres(facts),
    librdkafka(facts),
    chromium(facts),
  ]
  return { ready: findings.every(finding => finding.state !== 'lacking'), os: facts.os, findings }
}

function ok(check: string, found: string, note: string | null = null): Finding {
  return { check, state: 'ok', found, note, mend: NO_REMEDY }
}
function lacking(check: string, found: string, note: string, mend: Remedy = NO_REMEDY): Finding {
  return { check, state: 'lacking', found, note, mend }
}
function absent(check: string, note: string, mend: Remedy): Finding {
  return { check, state: 'absent', found: 'not found', note, mend }
}

function system({ os }: MachineFacts): Finding {
  if (os.supported) return ok('operating system', os.name)
  const windows = os.id === 'win32' ? '; on Windows install WSL 2 (wsl --install) and start it in there' : ''
  return lacking('operating system', os.name, `the lab runs on Linux and macOS${windows}`)
}

function node({ node: version }: MachineFacts): Finding {
  const found = major(version) ?? 0
  if (found >= 20 && found <= 24) return ok('Node', version)
  return lacking('Node', version, 'needs 20 to 24', nodeRemedy)
}

function java({ java: found }: MachineFacts): Finding {
  if (found === null)
    return lacking('JDK', 'not found', 'needs 17 or newer, on the PATH or in JAVA_HOME', javaRemedy)
  const shown = `${found.version} (${found.command})`
  if (javaMajor(found.version) >= 17) return ok('JDK', shown)
  return lacking('JDK', shown, 'needs 17 or newer, on the PATH or in JAVA_HOME', javaRemedy)
}

function maven({ maven: version, cached }: MachineFacts): Finding {
  if (cached.kafka) return ok('Maven', version ?? 'not found', 'not needed: Kafka is in the cache')
  if (version === null)
    return ok(
      'Maven',
      'not found',
      'not needed: Kafka is fetched from Maven Central, or AFTERSHOCK_MAVEN_REPOSITORY',
    )
  if (atLeastVersion(version, MAVEN_MINIMUM)) return ok('Maven', version)
  return lacking('Maven', version, `needs ${MAVEN_MINIMUM} or newer to fetch Kafka, once`, mavenRemedy)
}

function go(facts: MachineFacts): Finding {
  const { go: found, toxiproxy, cached } = facts
  const shown = found?.version ?? 'not found'
  if (toxiproxy !== null) return ok('Go', shown, `not needed: toxiproxy-server ${toxiproxy} is on the PATH`)
  if (cached.toxiproxy) return ok('Go', shown, 'not needed: Toxiproxy is in the cache')
  const note = `needs ${GO_MINIMUM} or newer to build Toxiproxy, once; a toxiproxy-server 2.12 on the PATH does too`
  if (found === null && facts.released.toxiproxy)
    return ok(
      'Go',
      shown,
      'not needed: the released Toxiproxy is fetched from GitHub, or AFTERSHOCK_RELEASES',
    )
  if (found === null) return lacking('Go', shown, note, goRemedy(facts.os))
  const sufficient = found.fetchesNewer ? GO_FETCHES_FROM : GO_MINIMUM
  if (atLeastVersion(found.version, sufficient)) return ok('Go', shown)
  return lacking('Go', shown, note, goRemedy(facts.os))
}

/** A variant goes without saying. */
const STORING = PLATFORMS.filter(({ storage, variantOf }) => storage !== 'disks' && variantOf === null).map(
  ({ name }) => name,
)

/** Only platforms that keep records in an object store need it. */
function objectStore(facts: MachineFacts): Finding {
  const { go: found, os, cached } = facts
  const check = 'object store'
  // That there is no Go is said once.
  if (go(facts).state === 'lacking') return ok(check, 'not built yet', 'Go builds it, too')
  if (cached.versitygw) return ok(check, 'versitygw is in the cache')
  if (
    found !== null &&
    atLeastVersion(found.version, found.fetchesNewer ? GO_FETCHES_FROM : STORE_GO_MINIMUM)
  )
    return ok(check, 'not built yet', 'Go builds it at the first run on a platform that needs it')
  if (found === null && facts.released.versitygw)
    return ok(
      check,
      'not fetched yet',
      'its released binary is, at the first run on a platform that needs it',
    )
  const note = `only ${STORING.join(' and ')} use it; it needs Go ${STORE_GO_MINIMUM} or newer to be built, once`
  return absent(check, note, goRemedy(os))
}

function loopback({ lab }: MachineFacts): Finding {
  const check = 'loopback addresses'
  if (lab.unbindable.length === 0)
    return ok(check, `127.${10 + lab.block}.0.0/16 and 127.${20 + lab.block}.0.0/16`)
  return lacking(
    check,
    `${lab.unbindable.length} cannot be bound, e.g. ${lab.unbindable[0]}`,
    'each node and each link of the lab has one',
    loopbackRemedy(lab.unbindable),
  )
}

function ports({ lab }: MachineFacts): Finding {
  if (lab.isUp) return ok('free ports', `lab ${lab.block} is up and has them`)
  if (lab.taken.length === 0) return ok('free ports', `all of lab ${lab.block}`)
  const more = lab.taken.length > 1 ? ` and ${lab.taken.length - 1} more` : ''
  return lacking(
    'free ports',
    `${lab.taken[0]}${more} in use`,
    'another lab may be up: `aftershock lab status`',
    portsRemedy(lab.taken, lab.block),
  )
}

function memory({ memoryAvailableBytes: bytes }: MachineFacts, needed = MEMORY_BYTES): Finding {
  if (bytes >= needed) return ok('memory', `${gib(bytes)} available`)
  return lacking('memory', `${gib(bytes)} available`, `needs ${gib(needed)}: end what uses it`)
}

function disk({ holds, path, freeBytes }: MachineFacts['disks'][number]): Finding {
  const check = `disk for ${holds}`
  const found = `${gib(freeBytes)} free (${path})`
  if (freeBytes >= DISK_BYTES) return ok(check, found)
  const elsewhere = holds === 'the cache' ? 'set XDG_CACHE_HOME' : 'give --out'
  return lacking(check, found, `needs ${gib(DISK_BYTES)}: make room, or ${elsewhere} to use another disk`)
}

function openFiles({ openFiles: limit }: MachineFacts): Finding {
  if (limit === null) return ok('open files', 'limit not known')
  if (limit >= OPEN_FILES) return ok('open files', limit === Infinity ? 'unlimited' : `up to ${limit}`)
  return lacking('open files', `up to ${limit}`, `needs ${OPEN_FILES} for each process`, openFilesRemedy)
}

function ss({ ss: version }: MachineFacts): Finding {
  if (version !== null) return ok('ss', version)
  return absent(
    'ss',
    'without it, bytes per link are known at the end of a run but not while it goes on',
    ssRemedy,
  )
}

/** Only drills with sinks into a database need one; none of it is a dependency of this program. */
function postgres({ postgres: { installed, isPortableCached, hasPortable } }: MachineFacts): Finding {
  const check = 'PostgreSQL'
  if (installed) return ok(check, `${installed.version} (${installed.postgres})`)
  if (isPortableCached) return ok(check, 'a portable one is in the cache')
  const only = 'only drills with `connectors` use it'
  if (hasPortable) return ok(check, 'not found', `${only}; a portable one is fetched then, once`)
  return absent(check, `${only}, and there is no portable one for this machine`, postgresRemedy)
}

/** Only trying a platform's compatibility uses it. */
function librdkafka({ librdkafka: found }: MachineFacts): Finding {
  if (found !== null) return ok('librdkafka', found)
  return absent(
    'librdkafka',
    'only `aftershock compatibility` uses it, by Python’s confluent-kafka; without it, lines that two clients must see stay open',
    librdkafkaRemedy,
  )
}

function chromium(facts: MachineFacts): Finding {
  if (facts.chromium !== null) return ok('Chromium', facts.chromium)
  return absent(
    'Chromium',
    'only tests use it; without it they skip looking at the report',
    chromiumRemedy(facts.os),
  )
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`
}
