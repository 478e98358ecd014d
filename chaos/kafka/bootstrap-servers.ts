import { AftershockError } from '../core/errors.ts'
import type { Address } from '../core/network.ts'

/** `host:port,host:port`, as clients are given it. @throws AftershockError `usage` for anything else */
export function bootstrapServers(text: string): readonly Address[] {
  return text.split(',').map(word => {
    const match = /^(?:\[([0-9a-fA-F:]+)\]|([^\s:,]+)):(\d{1,5})$/.exec(word.trim())
    const port = Number(match?.[3])
    if (match && port > 0 && port < 65_536) return { host: (match[1] ?? match[2]) as string, port }
    // Whoever writes a login before the address is not shown it again.
    const shown = word.trim().replace(/^.*@/, '…@')
    throw new AftershockError('usage', `'${shown}' is no address of a broker`, {
      hint: 'for example kafka-az-a.lab:9092,kafka-az-b.lab:9092',
    })
  })
}
