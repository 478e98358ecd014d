import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProcessIdentity } from '../../chaos/core/process-identity.ts'
import type { Driver, Links, ObjectStore } from '../../chaos/drivers/driver.ts'
import { type LabLayout, labLayout, toxiproxyConfig } from '../../chaos/drivers/local/lab/lab-layout.ts'
import { plainKafka } from '../../chaos/drivers/local/lab/installed-platform.ts'
import { storeCredentials } from '../../chaos/drivers/local/store/store-runtime.ts'
import { claimLab, type LabState } from '../../chaos/drivers/local/lab/lab-state.ts'
import { labObjectStore } from '../../chaos/drivers/local/store/object-store.ts'
import { makeBuckets, storeCommands, storeReady } from '../../chaos/drivers/local/store/object-store-node.ts'
import { identityOf } from '../../chaos/machine/process-table.ts'
import { ensureToxiproxy } from '../../chaos/drivers/local/setup/toxiproxy.ts'
import { ensureVersitygw } from '../../chaos/drivers/local/setup/versitygw.ts'
import { type StoreControl, storeControl } from '../../chaos/drivers/local/store/store-control.ts'
import { endEverythingOf, labMarks, Supervisor } from '../../chaos/drivers/local/lab/supervisor.ts'
import { toxiproxyLinks } from '../../chaos/drivers/local/links/toxiproxy-links.ts'
import { systemClock } from '../../chaos/system-clock.ts'

/** A lab's links, S3 proxy and object store, without brokers. */
export interface TestStore extends AsyncDisposable {
  readonly layout: LabLayout
  readonly supervisor: Supervisor
  readonly links: Links
  readonly objectStore: ObjectStore
  readonly control: StoreControl
  readonly driver: Driver
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** @param block of addresses; the tests' lab may be up in another process. */
export async function startTestStore(block = 7): Promise<TestStore> {
  const progress = (line: string) => void process.stderr.write(`    ${line}\n`)
  const setup = { env: process.env, clock: systemClock, progress }
  const [toxiproxy, gateway] = [await ensureToxiproxy(setup), await ensureVersitygw(setup)]
  const root = mkdtempSync(join(tmpdir(), 'aftershock-store-'))
  const layout = labLayout(block, join(root, 'lab'), 'kafka-tiered')
  const credentials = storeCredentials()
  const state: LabState = {
    format: 1,
    block,
    clusterId: 'none',
    timeouts: 'tuned',
    kind: 'run',
    user: identityOf(process.pid) as ProcessIdentity,
    ready: false,
    runtime: { java: 'none', classPath: 'none', cdsArchive: null, metricsAgent: null },
    platform: plainKafka('none'),
    store: { gateway: gateway.binary, ...credentials },
    startedAtWallMs: systemClock.wallMs(),
    processes: [],
  }
  claimLab(layout.dir, state)
  mkdirSync(join(layout.dir, 'logs'))
  const supervisor = new Supervisor(layout.dir, state, systemClock)
  const stop = async () => {
    await endEverythingOf(layout.dir, systemClock)
    rmSync(root, { recursive: true, force: true })
  }
  try {
    startToxiproxy(layout, supervisor, toxiproxy.binary)
    makeBuckets(layout)
    for (const command of storeCommands(layout, { gateway: gateway.binary, ...credentials }))
      supervisor.start(command)
    await storeReady(layout, {
      clock: systemClock,
      assertAlive: () => {
        for (const role of ['object-store', 's3-proxy'])
          if (!supervisor.alive(role, null)) throw new Error(`${role} ended`)
      },
    })
  } catch (error) {
    await stop()
    throw error
  }
  const links = toxiproxyLinks(layout.addresses.toxiproxy, layout, systemClock)
  const objectStore = labObjectStore(layout, credentials, links, systemClock)
  const driver: Driver = {
    name: 'local',
    topology: layout.topology,
    capabilities: new Set(['links', 'objectStore']),
    cluster: { describe: async () => ({ answered: [], controller: null, partitions: {} }) },
    links,
    objectStore,
  }
  const control = storeControl(layout.storeControl)
  return {
    layout,
    supervisor,
    links,
    objectStore,
    control,
    driver,
    credentials,
    [Symbol.asyncDispose]: stop,
  }
}

function startToxiproxy(layout: LabLayout, supervisor: Supervisor, binary: string): void {
  const config = join(layout.dir, 'toxiproxy.json')
  writeFileSync(config, JSON.stringify(toxiproxyConfig(layout)))
  const { host, port } = layout.addresses.toxiproxy
  supervisor.start({
    role: 'toxiproxy',
    node: null,
    program: binary,
    args: [`-host=${host}`, `-port=${port}`, labMarks(layout.dir)[1]],
    cwd: layout.dir,
    logFile: layout.logFile('toxiproxy'),
  })
}
