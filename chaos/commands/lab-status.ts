import { OBJECT_STORE_HOST } from '../core/topology.ts'
import type { LabStatus, LabUp } from '../drivers/index.ts'

export function statusText(status: LabStatus): string {
  const { kind, user, dir, nodes, controller, toxiproxy, objectStore } = status
  const head = `${kind === 'up' ? 'A lab that stays' : 'The lab of a run'}${user === null ? '' : `, in use by process ${user}`} (${dir})`
  const brokers = nodes.map(
    node =>
      `  broker ${node.id} (${node.zone})   process ${node.state}${node.pid === null ? '' : `, pid ${node.pid}`}   ${node.answer}${node.id === controller ? '   active controller' : ''}`,
  )
  return `${[head, ...brokers, `  toxiproxy   process ${lives(toxiproxy)}`, ...storeRows(objectStore), ...wholeRows(status)].join('\n')}\n`
}

function wholeRows({ whole, leftovers, deadRun }: LabStatus): string[] {
  if (whole === null) return []
  if (whole) return ['  whole: as it was made']
  const hint = deadRun === null ? 'aftershock lab down && aftershock lab up' : `aftershock heal ${deadRun}`
  return ['  NOT whole:', ...leftovers.map(what => `    ${what}`), `  to make it whole: ${hint}`]
}

function storeRows(store: LabStatus['objectStore']): string[] {
  if (store === null) return []
  const silent = Object.entries(store.proxy.answers).flatMap(([zone, answers]) => (answers ? [] : [zone]))
  const zones = silent.length === 0 ? 'answered in every zone' : `silent in ${silent.join(', ')}`
  return [
    `  object store   process ${lives(store.pid)}   ${store.answers ? 'answered' : 'silent'}`,
    `  S3 proxy   process ${lives(store.proxy.pid)}   ${zones}`,
  ]
}

const lives = (pid: number | null): string => (pid === null ? 'absent' : `running, pid ${pid}`)

/** Where the store is reached: rows for those who started the lab; none where there is no store. */
export function storeAddresses({ store }: Pick<LabUp, 'store'>): string[] {
  if (store === null) return []
  const links = Object.entries(store.links).map(([zone, { host, port }]) => `${zone} ${host}:${port}`)
  return [
    `  ${OBJECT_STORE_HOST}  object store   direct ${store.direct.host}:${store.direct.port}   over links, from ${links.join(', ')}`,
  ]
}
