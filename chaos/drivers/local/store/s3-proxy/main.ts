import { once } from 'node:events'
import { Agent, type Server } from 'node:http'
import { systemClock } from '../../../../system-clock.ts'
import { labLayout } from '../../lab/lab-layout.ts'
import { readLabState } from '../../lab/lab-state.ts'
import { storeDir } from '../../lab/supervisor.ts'
import { controlServer } from './control-server.ts'
import { Injections } from './injections.ts'
import { StoredBytes } from './stored-bytes.ts'
import { UseCounter } from './use-counter.ts'
import { zoneServer } from './zone-server.ts'
import { AftershockError } from '../../../../core/errors.ts'

/** The S3 proxy of the lab in the folder that is its argument: one port for each zone, and one for control. */
const dir = process.argv[2] ?? ''
const state = readLabState(dir)
if (!state) throw new AftershockError('internal', `there is no lab in ${dir}`)
const layout = labLayout(state.block, dir)
const { zones } = layout.topology

const injections = new Injections(zones)
const uses = new Map(zones.map(zone => [zone, new UseCounter()]))
const stored = new StoredBytes(storeDir(dir), systemClock)
const agent = new Agent({ keepAlive: true })

const listen = async (server: Server, { host, port }: { host: string; port: number }) => {
  server.listen(port, host)
  await once(server, 'listening')
}
for (const [name, use] of uses) {
  const zone = { name, store: layout.storeAddress, agent, injections, use, clock: systemClock }
  await listen(zoneServer(zone), layout.storeProxyAddress(name))
}
await listen(
  controlServer({
    injections,
    use: async () => ({
      zones: Object.fromEntries([...uses].map(([zone, use]) => [zone, use.read()])),
      storedBytes: await stored.read(),
    }),
  }),
  layout.storeControl,
)
