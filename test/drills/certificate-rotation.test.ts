import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { kafkaRuntime } from '../../chaos/drivers/local/nodes/kafka-node.ts'
import { readScorecard } from '../../chaos/record/scorecard.ts'
import { certificates, renewed } from '../local/certificates.ts'
import { type ForeignCluster, startForeignCluster } from '../local/foreign-cluster.ts'
import { aftershock, journalOf, type Workplace, workplace } from '../local/program.ts'
import { testSoftware } from '../local/test-lab.ts'

const FIRST_PORT = 23_700
const BROKERS = [1, 2, 3] as const
const PASSWORD = 'planted-password'

describe('certificates of a cluster that somebody else started, given anew by its owner’s command', function () {
  this.timeout(400_000)
  let folder = ''
  let cluster: ForeignCluster
  let place: Workplace
  let properties = ''

  const path = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-rotation-'))
    place = workplace()
    const made = certificates(join(folder, 'ours'), ['127.0.0.1'])
    const [node, authority] = [path('node.pem', made.node), path('authority.pem', made.authority)]
    const security = { node, authority, username: 'fleet', password: PASSWORD }
    cluster = await startForeignCluster({ brokers: 3, firstPort: FIRST_PORT, security })
    const login = 'org.apache.kafka.common.security.scram.ScramLoginModule'
    properties = path(
      'client.properties',
      [
        'security.protocol=SASL_SSL',
        'sasl.mechanism=SCRAM-SHA-512',
        `sasl.jaas.config=${login} required username="fleet" password="${PASSWORD}";`,
        'ssl.truststore.type=PEM',
        `ssl.truststore.location=${authority}`,
        '',
      ].join('\n'),
    )
  })
  after(async () => {
    place?.[Symbol.dispose]()
    await cluster?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A command as an owner has it: Kafka's own tool gives each broker the file, and openssl sees it shown. */
  async function rotation(name: string, certificate: string): Promise<string> {
    const { java, classPath } = kafkaRuntime((await testSoftware()).kafka)
    const pem = path(`${name}.pem`, certificate)
    const ports = cluster.sasl.split(',').map(server => server.split(':')[1])
    const steps = BROKERS.map((id, index) => {
      const shown = `openssl s_client -connect 127.0.0.1:${ports[index]} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint`
      return [
        `"$JAVA" -Xmx128m -XX:TieredStopAtLevel=1 -cp "$CLASSES" kafka.admin.ConfigCommand --bootstrap-server ${cluster.plain.split(',')[index]} --entity-type brokers --entity-name ${id} --alter --add-config listener.name.sasl.ssl.keystore.location=${pem}`,
        `i=0; until [ "$(${shown})" = "$(openssl x509 -in ${pem} -noout -fingerprint)" ]; do i=$((i + 1)); [ $i -lt 20 ] || exit 1; sleep 0.5; done`,
      ].join('\n')
    })
    const script = path(
      `${name}.sh`,
      ['#!/bin/sh', 'set -e', `JAVA=${java}`, `CLASSES=${classPath}`, ...steps, ''].join('\n'),
    )
    chmodSync(script, 0o755)
    return script
  }

  async function run(script: string, runDir: string) {
    const attached = ['--driver', 'attach', '--bootstrap', cluster.sasl, '--command-config', properties]
    const here = { ...place, env: { ...place.env, ROTATE: script } }
    const options = ['--allow-commands', '--out', runDir]
    const program = aftershock(here, 'run', 'certificate-rotation', ...attached, ...options)
    const status = await program.exit
    const { stdout, stderr } = program.output()
    const verdicts = new Map(
      (readScorecard(runDir)?.rows ?? []).flatMap(row =>
        row.checks.map(({ check, verdict }) => [check, verdict]),
      ),
    )
    const isDone = journalOf(runDir).find(line => line.kind === 'action.finished' && line.id === 'rotate')
    assert.ok(isDone?.kind === 'action.finished' && isDone.ok, `${stderr}\n${stdout}`)
    return { status, verdicts, said: `${stderr}\n${stdout}` }
  }

  it('keep devices and readers when they are by the same authority', async () => {
    const script = await rotation('same', renewed(join(folder, 'ours')))
    const { status, verdicts, said } = await run(script, join(folder, 'same-run'))
    // Times of a busy machine may be open; nothing may fail.
    assert.ok(status === EXIT.pass || status === EXIT.inconclusive, `${status}\n${said}`)
    for (const gate of ['acked-loss', 'device-gap', 'failed-but-stored', 'replay-incomplete-records'])
      assert.equal(verdicts.get(gate), 'pass', `${gate}\n${said}`)
  })

  it('fail the drill when they are by an authority that nobody trusts', async () => {
    const theirs = certificates(join(folder, 'theirs'), ['127.0.0.1'])
    const { status, said } = await run(await rotation('other', theirs.node), join(folder, 'other-run'))
    assert.equal(status, EXIT.fail, said)
  })
})
