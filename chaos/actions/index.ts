import { AftershockError } from '../core/errors.ts'
import type { Action } from './action.ts'
import { downgrade } from './downgrade.ts'
import { failBack } from './fail-back.ts'
import { failOver } from './fail-over.ts'
import { finalize } from './finalize.ts'
import { governedReplay } from './governed-replay.ts'
import { migrate } from './migrate.ts'
import { operatorStep } from './operator-step.ts'
import { repair } from './repair.ts'
import { replay } from './replay.ts'
import { rollBack } from './roll-back.ts'
import { rollingUpgrade } from './rolling-upgrade.ts'

/** Every action by its kind, which is its file's name and its name in drills. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map(
  [
    downgrade,
    failBack,
    failOver,
    finalize,
    governedReplay,
    migrate,
    operatorStep,
    repair,
    replay,
    rollBack,
    rollingUpgrade,
  ].map(action => [action.kind, action]),
)

/** @throws AftershockError `internal`: the schema of drills knows no other. */
export function actionOf(kind: string): Action {
  const action = ACTIONS.get(kind)
  if (!action) throw new AftershockError('internal', `no action is called ${kind}`)
  return action
}
