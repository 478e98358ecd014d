import { readFileSync } from 'node:fs'
import type { Address } from '../../chaos/core/network.ts'
import { kafkaProperties, log4jProperties, SMALL_JVM } from '../../chaos/platforms/kafka/properties.ts'
import type { Certificates } from './certificates.ts'
import { MOTO_ACCOUNT } from './moto.ts'
import type { SystemdMachine } from './systemd-machine.ts'

export const ENVIRONMENT = 'mine'
export const ZONES = ['az-a', 'az-b', 'az-c'] as const
/** The first two numbers of its addresses. */
export const NETWORK = '10.77'
export const KEY = 'a-key-of-this-test-and-of-nothing-else'
export const PASSWORD = 'only-of-this-test'
const CLUSTER = 'bootstrapTestClusterAA'
const BASE_DIR = '/opt/aftershock'
export const AGENT_LOG = '/var/log/aftershock-agent.log'
const LOG_DIR = '/var/lib/aftershock/log'
export const PORTS = { client: 9092, control: 9093, replication: 9094 }
export const hostOf = (index: number) => `kafka-${index + 1}.${ENVIRONMENT}.internal`

/** Of a broker's answers, who all of them are, and that it is there. */
const STAND_IN = `
import { createServer } from 'node:net'
const hosts = process.argv.slice(3)
const int = value => { const b = Buffer.alloc(4); b.writeInt32BE(value); return b }
const text = value => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)])
const brokers = hosts.map((host, i) => Buffer.concat([int(i + 1), text(host), int(9092), text('az-' + 'abc'[i])]))
const metadata = Buffer.concat([int(0), int(brokers.length), ...brokers, text('stands-in'), int(1), int(0)])
for (const port of [9092, 9093, 9094])
  createServer(socket => {
    let had = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', chunk => {
      had = Buffer.concat([had, chunk])
      while (had.length >= 12 && had.length >= 4 + had.readInt32BE(0)) {
        const body = had.readInt16BE(4) === 3 ? metadata : Buffer.from([0, 0, 0, 0, 0, 0])
        const correlation = had.subarray(8, 12)
        had = had.subarray(4 + had.readInt32BE(0))
        socket.write(Buffer.concat([int(4 + body.length), correlation, body]))
      }
    })
  }).listen(port, '0.0.0.0')
`

export interface BrokerParts {
  readonly index: number
  readonly zone: string
  readonly allHosts: string
  readonly bundle: string
  /** Of Kafka; null: a stand-in, which says who it is and that it is there. */
  readonly libsDir: string | null
  /** null: it lets everybody in. */
  readonly pem: Certificates | null
  readonly store: Address
  /** Of the agents. @default `KEY` */
  readonly key?: string
}

export type GatewayParts = Pick<BrokerParts, 'allHosts' | 'bundle'> & { readonly key: string }

/** What a machine of a broker has before it is booted. */
export function writeBroker(
  machine: SystemdMachine,
  { index, zone, allHosts, bundle, libsDir, pem, store, key }: BrokerParts,
): void {
  const isKafka = libsDir !== null
  const base = BASE_DIR
  const mark = `-Dlog4j2.configurationFile=${base}/config/log4j2.properties`
  const classes = `-cp '${libsDir}/*'`
  const config = `${base}/config/server.properties`
  machine.write('/etc/hosts', allHosts)
  machine.write('/etc/hostname', `kafka-${index + 1}\n`)
  machine.write(`${base}/config/log4j2.properties`, log4jProperties())
  machine.write(
    config,
    kafkaProperties({
      nodeId: index + 1,
      zone,
      host: hostOf(index),
      bindAddress: '0.0.0.0',
      ports: PORTS,
      voters: ZONES.map((_, other) => ({ nodeId: other + 1, host: hostOf(other) })),
      logDir: LOG_DIR,
      timeouts: 'tuned',
      ...(pem && {
        certificates: { node: `${base}/node.pem`, authority: `${base}/authority.pem` },
      }),
    }),
  )
  if (pem) {
    machine.write(`${base}/node.pem`, pem.node)
    machine.write(`${base}/authority.pem`, pem.authority)
  }
  machine.write(`${base}/stand-in.mjs`, STAND_IN)
  machine.write(
    `${base}/format.sh`,
    isKafka
      ? `mkdir -p ${LOG_DIR}
java -Xmx256m ${classes} kafka.tools.StorageTool format --ignore-formatted --cluster-id ${CLUSTER} --config ${config}${pem ? ` --add-scram 'SCRAM-SHA-512=[name=admin,password=${PASSWORD}]'` : ''}
`
      : `mkdir -p ${LOG_DIR}/telemetry-0
printf 'cluster.id=%s\\ndirectory.id=%s\\n' ${CLUSTER} "$RANDOM$RANDOM" >${LOG_DIR}/meta.properties
head -c 1000 /dev/zero >${LOG_DIR}/telemetry-0/0.log
`,
  )
  // Of the real script, the one verb that a deed on the machine calls.
  machine.write(
    `${base}/bootstrap.sh`,
    `set -e
[ "$1" = wipe ]
find ${LOG_DIR} -mindepth 1 -delete
bash ${base}/format.sh
rm -f ${LOG_DIR}/telemetry-0/0.log
`,
  )
  machine.write(
    `${base}/start.sh`,
    isKafka
      ? `set -e
[ -e ${LOG_DIR}/meta.properties ] || bash ${base}/format.sh
exec java ${SMALL_JVM.join(' ')} ${mark} ${classes} kafka.Kafka ${config}
`
      : `[ -e ${LOG_DIR}/meta.properties ] || bash ${base}/format.sh
exec ${process.execPath} ${base}/stand-in.mjs ${mark} ${ZONES.map((_, other) => hostOf(other)).join(' ')}\n`,
  )
  // Of the real unit, what a deed on it meets: systemd starts it again after two seconds.
  machine.write(
    '/etc/systemd/system/aftershock-node.service',
    `[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/bash ${base}/start.sh
Restart=always
RestartSec=2
SuccessExitStatus=143
StandardOutput=append:/var/log/aftershock-node.log
StandardError=inherit
`,
  )
  addAgent(
    machine,
    bundle,
    `--name kafka-${index + 1} --host ${hostOf(index)} --mark ${mark} --log-dir ${LOG_DIR}`,
    { store, ...(key !== undefined && { key }) },
  )
}

/** What a machine of clients has before it is booted; a unit that does nothing stands for its shard of the fleet. */
export function writeGateway(
  machine: SystemdMachine,
  name: string,
  { allHosts, bundle, key }: GatewayParts,
): void {
  machine.write('/etc/hosts', allHosts)
  machine.write(
    '/etc/systemd/system/aftershock-node.service',
    '[Service]\nExecStart=/bin/sleep infinity\nRestart=always\nRestartSec=2\n',
  )
  addAgent(machine, bundle, `--name ${name}`, { key })
}

export function addAgent(
  machine: SystemdMachine,
  bundle: string,
  words: string,
  { store, key = KEY }: { readonly store?: Address; readonly key?: string } = {},
): void {
  machine.write(`${BASE_DIR}/aftershock.mjs`, readFileSync(bundle, 'utf8'))
  machine.write(`${BASE_DIR}/agent.key`, key, 0o600)
  machine.write(
    '/etc/systemd/system/aftershock-agent.service',
    `[Service]
${store ? storeVariables(store) : ''}ExecStart=${process.execPath} ${BASE_DIR}/aftershock.mjs agent ${words} --key-file ${BASE_DIR}/agent.key
Restart=always
StandardOutput=append:${AGENT_LOG}
StandardError=inherit
`,
  )
}

const storeVariables = ({ host, port }: Address): string =>
  [
    'AGENT_STORE_BUCKET=tier',
    'AWS_REGION=eu-west-1',
    `AWS_ENDPOINT_URL_S3=http://${host}:${port}`,
    'AWS_ACCESS_KEY_ID=test',
    'AWS_SECRET_ACCESS_KEY=test',
  ]
    .map(one => `Environment=${one}\n`)
    .join('')

export function environmentFile(security: 'sasl-scram' | 'plaintext'): string {
  return `account: '${MOTO_ACCOUNT}'
environment: ${ENVIRONMENT}
platform: kafka
owner: me
costCenter: mine
expires: '2999-12-31'
region: eu-west-1
zones: { az-a: eu-west-1a, az-b: eu-west-1b, az-c: eu-west-1c }
network: { cidr: ${NETWORK}.0.0/16, nat: none, endpointZones: 1, flowLogs: false }
workload: { retentionHours: 6, localRetentionHours: 6 }
timeouts: tuned
security: ${security}
brokers: { perZone: 1, instanceType: t4g.small }
fleet: { host: ec2, shardsPerZone: 1, devicesPerShard: 300, instanceType: t4g.small }
distribution: { source: 'maven-jars:chaos/drivers/local/setup/kafka', sha256: unset }
`
}
