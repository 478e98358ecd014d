import type { Address } from '../../../core/network.ts'
import type { ProcessIdentity } from '../../../core/process-identity.ts'
import type { BrokerLogin } from '../../../kafka/broker-login.ts'
import { identityOf } from '../../../machine/process-table.ts'
import type { PlatformSoftware } from '../../../record/platform-software.ts'
import { systemClock } from '../../../system-clock.ts'
import type { PlatformChoice, Setup } from '../../environment.ts'
import { ensureLab } from '../setup/lab.ts'
import { removeLab, startLab } from './lab.ts'
import { currentBlock } from './lab-layout.ts'
import { labLogin } from './lab-logins.ts'
import { labDirectory, refuseExistingLab } from './lab-state.ts'

/** A lab for clients of any kind, which know no names but those that this machine resolves. It ends with its disposal. */
export interface LabForClients extends AsyncDisposable {
  readonly bootstrap: readonly Address[]
  /** Of whoever may do everything: it has an authorizer. */
  readonly login: BrokerLogin
  readonly software: PlatformSoftware
  /** Of its brokers. */
  readonly pids: readonly number[]
}

/** @throws AftershockError `refused` while a lab is up, `unavailable` where it does not start */
export async function labForClients(choice: PlatformChoice, setup: Setup): Promise<LabForClients> {
  const { env, progress, signal } = setup
  const block = currentBlock(env)
  const dir = labDirectory(block, env)
  refuseExistingLab(dir)
  const software = await ensureLab(setup, choice)
  const { layout, supervisor } = await startLab({
    block,
    dir,
    kind: 'run',
    timeouts: 'tuned',
    hasAuthorizer: true,
    byAddress: true,
    user: identityOf(process.pid) as ProcessIdentity,
    software,
    clock: systemClock,
    progress,
    ...(signal && { signal }),
  })
  return {
    bootstrap: layout.topology.nodes.map(({ id }) => layout.clientAddress(id)),
    login: labLogin(dir, 'operator'),
    software: software.platform.software,
    pids: supervisor.state.processes.flatMap(one => (one.role === 'broker' ? [one.process.pid] : [])),
    async [Symbol.asyncDispose]() {
      progress('ending the lab')
      await removeLab(dir, systemClock)
    },
  }
}
