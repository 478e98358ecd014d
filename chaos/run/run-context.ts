import type { Clock } from '../core/clock.ts'
import type { Drill } from '../core/drill.ts'
import type { JournalLine } from '../record/journal-events.ts'
import type { ProcessIdentity } from '../core/process-identity.ts'
import type { LoadedDrill } from '../drill/load-drill.ts'
import type { Environment } from '../drivers/environment.ts'
import type { Journal } from '../record/journal.ts'
import type { startFleet } from '../fleet/fleet.ts'
import type { startGuardian } from './guardian-client.ts'
import type { JournalState } from './journal-state.ts'
import type { LiveState } from './live-state.ts'
import type { openReaders } from './readers.ts'
import type { Teardown } from './teardown.ts'
import type { TimelineOutcome } from './timeline.ts'

export interface RunOptions {
  readonly loaded: LoadedDrill
  readonly run: string
  readonly runDir: string
  readonly seed: string
  /** Where it runs; prepared, and not started. */
  readonly environment: Environment
  /** Of the checkout that the program runs from; null: it is none. */
  readonly commit: string | null
  readonly clock: Clock
  /** Aborted by Ctrl-C or SIGTERM; its reason is an Error that says which. */
  readonly signal: AbortSignal
  readonly watch: RunWatcher
  /** Whether programs that the drill names may run. */
  readonly allowCommands: boolean
  /** What a run starts of its own. @default a guardian process, and clients that talk to brokers */
  readonly parts?: RunParts
}

/** Tests have a guardian that is no process, and clients that talk to nobody. */
export interface RunParts {
  readonly startGuardian: typeof startGuardian
  readonly startFleet: typeof startFleet
  readonly openReaders: typeof openReaders
}

/** Who looks on: the live view, or plain lines. */
export interface RunWatcher {
  progress(line: string): void
  journal(line: JournalLine): void
  live(live: LiveState, clock: Clock, drill: Drill): void
}

export interface RunOutcome extends TimelineOutcome {
  readonly runDir: string
}

/** What the steps of a run share. Each step adds what ends it to the teardown before the next begins. */
export interface RunContext {
  readonly options: RunOptions
  /** By which the place ends the run early; part of the signal in the options. */
  readonly over: AbortController
  readonly parts: RunParts
  /** With the seed of this run. */
  readonly drill: Drill
  readonly runner: ProcessIdentity
  readonly journal: Journal
  /** Its zero is the run's. */
  readonly clock: Clock
  readonly teardown: Teardown
  readonly live: LiveState
  readonly state: JournalState
}
