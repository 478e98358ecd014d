import type { Admin } from 'kafkajs'
import { AftershockError } from '../../../core/errors.ts'
import { CLIENT_PRINCIPALS } from '../../../core/security-settings.ts'
import type { ProcessIdentity } from '../../../core/process-identity.ts'
import { hasObjectStore } from '../../../core/topology.ts'
import { findAlive, identityOf } from '../../../machine/process-table.ts'
import { systemClock } from '../../../system-clock.ts'
import type { PlatformChoice, Setup } from '../../environment.ts'
import { attachLab, labOf, removeLab, startLab, stopLab } from './lab.ts'
import { currentBlock } from './lab-layout.ts'
import { labAccess, labOperator } from './lab-access.ts'
import { pastTheLinks, withLabAdmin } from './lab-admin.ts'
import { labLogin } from './lab-logins.ts'
import { dynamicBrokerSettings } from './lab-leftovers.ts'
import { isStanding, labDirectory, labIsUp, readLabState, refuseExistingLab } from './lab-state.ts'
import { labForClients } from './clients-lab.ts'
import { describeLab, describeUp, type LabStatus, type LabUp } from './lab-status.ts'
import { findAutoMq } from '../setup/automq.ts'
import { setupFacts } from '../setup/facts.ts'
import { ensureEverything } from '../setup/everything.ts'
import { type PackedBundle, packBundle, type UnpackedBundle, unpackBundle } from '../setup/lab-bundle.ts'
import { ensureLab } from '../setup/lab.ts'

type Env = NodeJS.ProcessEnv

const folderOf = (env: Env): string => labDirectory(currentBlock(env), env)

/** The lab that stays between runs: what `aftershock lab` does with it, and what others ask about it. */
export const standingLab = {
  folderOf,

  /** What this machine has of what a lab is made of. */
  setupFacts,
  findAutoMq,

  /** Whether runs would use it, instead of one of their own. */
  isStanding: (env: Env): boolean => isStanding(folderOf(env)),

  /** Whether its processes live: its addresses are taken then, and that is as it should be. */
  isUp: (env: Env): boolean => labIsUp(folderOf(env)),

  /** @throws AftershockError `refused` when a lab is there, with what to do about it. */
  refuseExisting: (env: Env): void => refuseExistingLab(folderOf(env)),

  async up(
    choice: PlatformChoice,
    how: { readonly timeouts: 'tuned' | 'defaults'; readonly hasAuthorizer: boolean },
    setup: Setup,
  ): Promise<LabUp> {
    const { env, progress, signal } = setup
    const software = await ensureLab(setup, choice)
    const lab = await startLab({
      block: currentBlock(env),
      dir: folderOf(env),
      kind: 'up',
      ...how,
      user: identityOf(process.pid) as ProcessIdentity,
      software,
      clock: systemClock,
      progress,
      ...(signal && { signal }),
    })
    // What a drill may find changed is known from here on.
    const settings = await dynamicBrokerSettings(lab).catch(() => undefined)
    if (settings) lab.supervisor.update({ brokerSettings: settings })
    return describeUp(lab)
  },

  /** Sets up what is asked for, and puts the cache into one file. */
  async pack(
    file: string,
    program: string,
    choice: PlatformChoice | 'everything',
    setup: Setup,
  ): Promise<PackedBundle> {
    if (choice === 'everything') await ensureEverything(setup)
    else await ensureLab(setup, choice)
    return packBundle(file, program, setup)
  },

  unpack: (file: string, sha256: string | undefined, setup: Setup): Promise<UnpackedBundle> =>
    unpackBundle(file, sha256, setup),

  forClients: labForClients,

  /** null: no lab is up. */
  async status(env: Env): Promise<LabStatus | null> {
    const dir = folderOf(env)
    const state = readLabState(dir)
    return state ? describeLab(dir, state) : null
  },

  /**
   * Ends it and removes its data. @returns whether there was one.
   * @throws AftershockError `refused` while a run uses it.
   */
  async down(env: Env, progress: (line: string) => void): Promise<boolean> {
    const dir = folderOf(env)
    const state = readLabState(dir)
    if (!state) return false
    const user = state.user && findAlive(state.user)
    if (user)
      throw new AftershockError('refused', `the lab is in use by process ${user.pid}`, {
        hint: 'interrupt that run first: it heals on its way out',
      })
    progress('ending the lab')
    if (state.ready) await stopLab(attachLab(dir, systemClock))
    else await removeLab(dir, systemClock)
    return true
  },

  /**
   * How a replay outside of a drill reaches it, from its last zone. Rights are those of a lab with an authorizer.
   * @throws AftershockError `unavailable` when no such lab is up
   */
  async replayPlace(env: Env, name: string) {
    const dir = folderOf(env)
    const state = readLabState(dir)
    if (!state?.ready || !state.hasAuthorizer)
      throw new AftershockError('unavailable', 'no lab with an authorizer is up', {
        hint: 'start one: aftershock lab up --authorizer',
      })
    const principal = CLIENT_PRINCIPALS.find(one => one === name)
    if (!principal)
      throw new AftershockError('refused', `nobody who is called ${name} logs in to the lab`, {
        hint: 'it knows replay and replay-2: aftershock replay request --principal replay',
      })
    const { layout } = labOf(state, dir, systemClock)
    const hands = labOperator(layout, systemClock)
    return {
      topology: layout.topology,
      dial: layout.dial,
      zone: layout.topology.zones.at(-1) as string,
      reader: labLogin(dir, principal),
      access: labAccess(layout, systemClock),
      admin: <T>(work: (admin: Admin) => Promise<T>) => withLabAdmin(layout, work),
      operator: pastTheLinks(layout),
      logSizes: () => hands.logSizes(),
      mayBeCold: hasObjectStore(layout.topology),
      async [Symbol.asyncDispose]() {},
    }
  },

  /** The folder of the run that had the lab last, and died with it, wherever that is; null: there is none. */
  deadUser(env: Env): string | null {
    const state = readLabState(folderOf(env))
    return state?.user && state.userRunDir && !findAlive(state.user) ? state.userRunDir : null
  },

  /** Removes the lab of a run whose folder is not known, or that died before it had one; null: there is none. */
  async removeOrphan(env: Env): Promise<{ readonly dir: string; readonly ended: number } | null> {
    const dir = folderOf(env)
    const state = readLabState(dir)
    if (!state || (state.user && findAlive(state.user))) return null
    if (state.kind === 'up' && state.ready) return null
    return { dir, ended: await removeLab(dir, systemClock) }
  },
}
