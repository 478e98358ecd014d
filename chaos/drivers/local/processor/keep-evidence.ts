import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessorSpec } from '../../../core/processor.ts'
import type { RegionName } from '../../../core/regions.ts'
import type { NodeId } from '../../../core/topology.ts'
import { ACKNOWLEDGEMENTS_TOPIC, COMMANDS_TOPIC } from '../../../platforms/processor.ts'
import { portions } from '../../../record/digested-lines.ts'
import {
  type GivenCommand,
  ISOLATIONS,
  type KeptTwin,
  PROCESSOR_FILE,
  PROCESSOR_FILE_IN_B,
  type ProcessorLine,
  writeProcessorEvidence,
} from '../../../record/processor-evidence.ts'
import type { GroupOffsets } from '../connect/sink-offsets.ts'
import type { SentRecords } from './read-commands.ts'

/** By topic and partition: where it ended before anybody wrote there but the mirror. */
export type CopiedEnds = [topic: string, partition: number, end: number][]

export interface ProcessorEnd {
  readonly spec: ProcessorSpec
  readonly region: RegionName
  /** Whether its devices and its instances went to region b. */
  readonly hasLeft: boolean
  /** null: it began where it is. */
  readonly mirrored: CopiedEnds | null
  readonly offsets: { readonly t: number; readonly partitions: readonly GroupOffsets[] }
  readonly twins: readonly { readonly node: NodeId; readonly kept: readonly KeptTwin[] | 'untold' }[]
  /** In both regions. */
  readonly given: readonly GivenCommand[]
  readonly sent: SentRecords
  readonly more: readonly ProcessorLine[]
}

/** Writes what a processor had in the end in one region. */
export function keepProcessorEvidence(
  runDir: string,
  { spec, region, hasLeft, mirrored, offsets, twins, given, sent, more }: ProcessorEnd,
): void {
  const lines: ProcessorLine[] = [{ kind: 'offsets', t: offsets.t, partitions: [...offsets.partitions] }]
  for (const isolation of ISOLATIONS)
    for (const records of portions(sent[isolation])) lines.push({ kind: 'sent', isolation, records })
  for (const { node, kept } of twins)
    if (kept !== 'untold') for (const some of portions(kept)) lines.push({ kind: 'twins', node, twins: some })
  if (hasLeft || mirrored)
    for (const commands of portions(given.filter(([where]) => where === region)))
      lines.push({ kind: 'given', commands })
  mkdirSync(join(runDir, region === 'b' ? 'regions' : 'processor'), { recursive: true })
  const { topic, every } = spec
  const header = {
    kind: 'header',
    format: 1,
    topic,
    commands: COMMANDS_TOPIC,
    acknowledgements: ACKNOWLEDGEMENTS_TOPIC,
    every,
    ...(twins.some(({ kept }) => kept === 'untold') && { untold: true as const }),
    ...(hasLeft && { left: true as const }),
    ...(mirrored && { mirrored }),
  } as const
  const file = region === 'b' ? PROCESSOR_FILE_IN_B : PROCESSOR_FILE
  writeProcessorEvidence(runDir, [header, ...lines, ...more], file)
}
