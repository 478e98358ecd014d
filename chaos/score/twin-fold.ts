/** What a stored record says: whose it is, and which one. null for what is no record of the fleet. */
export interface DeviceRecord {
  readonly device: string
  readonly epoch: number
  readonly sequence: number
}

export interface FoldedTwin {
  readonly epoch: number
  readonly sequence: number
  /** The newest command of the epoch; 0: none. */
  readonly issued: number
  readonly acknowledged: number
}

/** Where the record is stored that asks for a command. */
export interface Cause {
  readonly partition: number
  readonly offset: number
}

export interface Fold {
  readonly twins: ReadonlyMap<string, FoldedTwin>
  /** By their names, `device/epoch/number`. */
  readonly due: ReadonlyMap<string, Cause>
}

interface Stored extends Cause {
  readonly id: string
}

export function parseId(id: string): DeviceRecord | null {
  const found = /^(d\d+)\/(\d+)\/(\d+)$/.exec(id)
  if (!found) return null
  return { device: found[1] ?? '', epoch: Number(found[2]), sequence: Number(found[3]) }
}

/**
 * What twins and which commands the stored records ask for, in their order, whoever processes them: a record that is
 * no newer than what its device's twin knows changes nothing, and each multiple of `every` that the sequence of an
 * epoch passes asks for one command, the newest where it passes several at once.
 * @param records in the order of each partition
 */
export function foldRecords(records: readonly Stored[], every: number): Fold {
  const twins = new Map<string, FoldedTwin>()
  const due = new Map<string, Cause>()
  for (const { id, partition, offset } of records) {
    const record = parseId(id)
    if (!record) continue
    const { device, epoch, sequence } = record
    const before = twins.get(device)
    const isKnown =
      before && (epoch < before.epoch || (epoch === before.epoch && sequence <= before.sequence))
    if (isKnown) continue
    const issuedBefore = before?.epoch === epoch ? before.issued : 0
    const issued = Math.max(issuedBefore, Math.floor(sequence / every))
    if (issued > issuedBefore) due.set(`${device}/${epoch}/${issued}`, { partition, offset })
    const acknowledged = before?.epoch === epoch ? before.acknowledged : 0
    twins.set(device, { epoch, sequence, issued, acknowledged })
  }
  return { twins, due }
}

/** The twins with what their devices acknowledged in the epoch in which they are. */
export function foldAcknowledgements(
  twins: Fold['twins'],
  acknowledgements: readonly { readonly id: string }[],
): ReadonlyMap<string, FoldedTwin> {
  const after = new Map(twins)
  for (const { id } of acknowledgements) {
    const command = parseId(id)
    const twin = command && after.get(command.device)
    if (!command || !twin || command.epoch !== twin.epoch || command.sequence <= twin.acknowledged) continue
    after.set(command.device, { ...twin, acknowledged: command.sequence })
  }
  return after
}

export const twinText = ({ epoch, sequence, issued, acknowledged }: FoldedTwin): string =>
  `${epoch}/${sequence}, command ${issued}, acknowledged ${acknowledged}`
