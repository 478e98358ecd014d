import type { Clock } from '../../../core/clock.ts'
import { AftershockError } from '../../../core/errors.ts'
import type { Drill } from '../../../core/drill.ts'
import { CLIENT_PRINCIPALS, type ClientPrincipal } from '../../../core/security-settings.ts'
import { ClusterAccess } from '../../../kafka/cluster-access.ts'
import { ClusterOperator } from '../../../kafka/cluster-operator.ts'
import { replaceRules } from '../../../kafka/read-access.ts'
import { clientAccessRules, type LabRights } from '../../../platforms/security.ts'
import { withLabAdmin } from './lab-admin.ts'
import type { LabLayout } from './lab-layout.ts'
import { labLogin } from './lab-logins.ts'

/** What the lab's principals may do when a run begins, whatever an earlier one left. */
export async function openLabAccess(layout: LabLayout, clock: Clock, rights: LabRights): Promise<void> {
  const rules = clientAccessRules(rights).flatMap(({ operations, ...rest }) =>
    operations.map(operation => ({ ...rest, operation })),
  )
  await withLabAdmin(layout, admin => replaceRules(admin, rules))
  const access = labAccess(layout, clock)
  for (const principal of CLIENT_PRINCIPALS) await access.limitTo(principal, null)
}

/** What a drill's clients may do, by its contract and its timeline. */
export function rightsFor({ contract, connectors, security, timeline }: Drill): LabRights {
  const repairs = timeline.flatMap(({ kind, spec }) => (kind === 'repair' ? [spec['connector']] : []))
  const repaired = (connectors?.sinks ?? []).filter(({ name }) => repairs.includes(name))
  return {
    topics: Object.keys(contract.topics),
    repaired: [...new Set(repaired.flatMap(({ topics }) => topics))],
    ...(security && { alsoMayRead: security.alsoMayRead }),
  }
}

/** Rights of the lab's principals: changed past the links, by whom nodes take for one of their own. */
export function labAccess(layout: LabLayout, clock: Clock): ClusterAccess {
  const { nodes } = layout.topology
  const hostOf = (node: number) => nodes.find(({ id }) => id === node)?.host ?? ''
  return new ClusterAccess({
    brokers: () => nodes.map(({ id }) => id),
    admin: work => withLabAdmin(layout, work),
    operator: labOperator(layout, clock),
    asPrincipal: principal => labLogin(layout.dir, asPrincipal(principal)),
    listener: node => ({ address: layout.clientAddress(node), host: hostOf(node) }),
    clock,
  })
}

/** Who looks after a lab, past the links. */
export function labOperator(layout: LabLayout, clock: Clock): ClusterOperator {
  const { nodes } = layout.topology
  return new ClusterOperator({
    brokers: () => nodes.map(({ id }) => id),
    listener: node => ({
      address: layout.directAddress(node),
      host: nodes.find(({ id }) => id === node)?.host ?? '',
    }),
    login: null,
    clock,
  })
}

/** @throws AftershockError `internal` for a name that no lab knows. */
function asPrincipal(name: string): ClientPrincipal {
  const known = CLIENT_PRINCIPALS.find(principal => principal === name)
  if (known) return known
  throw new AftershockError('internal', `no principal of the lab is called ${name}`)
}
