import { AUTOMQ_GET_COMMANDS } from '../platforms/automq/release.ts'
import type { Family, OperatingSystem } from './machine.ts'

/** Commands that mend a lack, by whose they are; empty where there is nothing to run. */
export type Remedy = Readonly<Record<Family, readonly string[]>>

export const NO_REMEDY: Remedy = { debian: [], fedora: [], macos: [] }

export const nodeRemedy: Remedy = {
  debian: [
    'curl -fsSL https://deb.nodesource.com/setup_22.x | sudo -E bash -',
    'sudo apt-get install -y nodejs',
  ],
  fedora: ['sudo dnf install -y nodejs'],
  macos: ['brew install node@22', 'brew link --overwrite node@22'],
}

/** Debian 12 has only 17, Debian 13 only 21, and either does. */
export const javaRemedy: Remedy = {
  debian: [
    'sudo apt-get install -y openjdk-21-jdk-headless || sudo apt-get install -y openjdk-17-jdk-headless',
  ],
  fedora: ['sudo dnf install -y java-21-openjdk-devel'],
  macos: [
    'brew install openjdk@21',
    'export JAVA_HOME="$(brew --prefix openjdk@21)/libexec/openjdk.jdk/Contents/Home"',
  ],
}

export const mavenRemedy: Remedy = {
  debian: ['sudo apt-get install -y maven'],
  fedora: ['sudo dnf install -y maven'],
  macos: ['brew install maven'],
}

/** Debian before 13 and Ubuntu before 25 package a Go that is older than 1.23. */
export function goRemedy(os: OperatingSystem): Remedy {
  const packaged =
    (os.id === 'debian' && (os.version ?? 0) >= 13) || (os.id === 'ubuntu' && (os.version ?? 0) >= 25)
  return {
    debian: packaged
      ? ['sudo apt-get install -y golang-go']
      : [
          'curl -fsSL "https://go.dev/dl/$(curl -fsSL \'https://go.dev/VERSION?m=text\' | head -n 1).linux-$(dpkg --print-architecture).tar.gz" | sudo tar -C /usr/local -xz',
          'export PATH="$PATH:/usr/local/go/bin"',
        ],
    fedora: ['sudo dnf install -y golang'],
    macos: ['brew install go'],
  }
}

/** Linux answers on all of 127.0.0.0/8; macOS on 127.0.0.1 only, until told otherwise (and until a restart). */
export function loopbackRemedy(addresses: readonly string[]): Remedy {
  if (addresses.length === 0) return NO_REMEDY
  const linux = ['sudo ip link set lo up']
  return {
    debian: linux,
    fedora: linux,
    macos: [`for a in ${addresses.join(' ')}; do sudo ifconfig lo0 alias "$a" up; done`],
  }
}

export function portsRemedy(taken: readonly string[], block: number): Remedy {
  const port = taken[0]?.split(':')[1] ?? '9092'
  const elsewhere = `export AFTERSHOCK_LAB=${(block + 1) % 10}   # uses other addresses`
  const linux = [`ss -ltnp 'sport = :${port}'   # who has it`, elsewhere]
  return {
    debian: linux,
    fedora: linux,
    macos: [`lsof -nP -iTCP:${port} -sTCP:LISTEN   # who has it`, elsewhere],
  }
}

export const openFilesRemedy: Remedy = {
  debian: ['ulimit -n 65536'],
  fedora: ['ulimit -n 65536'],
  macos: ['ulimit -n 65536'],
}

export const ssRemedy: Remedy = {
  debian: ['sudo apt-get install -y iproute2'],
  fedora: ['sudo dnf install -y iproute'],
  macos: [],
}

const LIBRDKAFKA_COMMANDS = [
  'python3 -m venv ~/.local/share/aftershock-python',
  '~/.local/share/aftershock-python/bin/pip install confluent-kafka==2.16.1',
  'export AFTERSHOCK_PYTHON=~/.local/share/aftershock-python/bin/python',
]
export const librdkafkaRemedy: Remedy = {
  debian: LIBRDKAFKA_COMMANDS,
  fedora: LIBRDKAFKA_COMMANDS,
  macos: LIBRDKAFKA_COMMANDS,
}

export const postgresRemedy: Remedy = {
  debian: ['sudo apt-get install -y postgresql'],
  fedora: ['sudo dnf install -y postgresql-server'],
  macos: ['brew install postgresql@17'],
}

export function chromiumRemedy(os: OperatingSystem): Remedy {
  return {
    debian:
      os.id === 'ubuntu'
        ? ['sudo snap install chromium']
        : ['sudo apt-get install -y --no-install-recommends chromium'],
    fedora: ['sudo dnf install -y chromium'],
    macos: ['brew install --cask google-chrome'],
  }
}

export const autoMqRemedy: Remedy = {
  debian: AUTOMQ_GET_COMMANDS,
  fedora: AUTOMQ_GET_COMMANDS,
  macos: AUTOMQ_GET_COMMANDS,
}
