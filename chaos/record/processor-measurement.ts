import { z } from 'zod'
import { measured } from './measured.ts'

const command = z.object({
  id: z.string(),
  /** How often readers of committed records are given it. */
  given: z.number(),
  /** Where the record is stored that asks for it; null where none does. */
  cause: z.object({ partition: z.number(), offset: z.number() }).nullable(),
})
const twin = z.object({ device: z.string(), kept: z.string().nullable(), folded: z.string().nullable() })

/** Why a restoration has no times where there was none: nothing is missing there. */
export const NOTHING_RESTORED = 'no instance restored any state'

/** How the processor fared under one fault. Times count from the injection. */
const processorUnderFault = z.object({
  fault: z.string(),
  /** Until no partition was further behind than it ever was before, and that stayed so for a while. */
  rebuildMs: measured,
  worstPartition: z.string().nullable(),
  /** In all, to the end of the window: when state moves back, somebody waits again. */
  behindMs: measured,
  /** Until the first state was restored: until somebody noticed, and took over. */
  takeoverMs: measured,
  /** In which some state was restored from its changelog. */
  downloadMs: measured,
  downloadedRecords: measured,
  /** From the last restored state until no partition was behind: what was left to be processed. */
  replayMs: measured,
})

/** What its writers did to the database. */
const writerMeasurement = z.object({
  fencing: z.string(),
  written: measured,
  /** Written by a writer after another one had claimed its partition. */
  late: measured,
  /** Of those, what put a device back to an older state. */
  setBack: measured,
  /** Committed by the writers, and never written. */
  missing: measured,
  /** Stored, and not committed in the end. */
  uncommitted: measured,
  /** That the database refused, because another one had claimed the partition. */
  refused: measured,
  examples: z.object({
    late: z.array(
      z.object({
        id: z.string(),
        partition: z.number(),
        offset: z.number(),
        epoch: z.number(),
        newest: z.number(),
      }),
    ),
    missing: z.array(z.object({ id: z.string(), partition: z.number(), offset: z.number() })),
  }),
})

/** What a stateful processor had in the end against an independent fold over what is stored. */
export const processorMeasurement = z.object({
  file: z.string(),
  topic: z.string(),
  guarantee: z.string(),
  /** The drill’s own program; absent: the lab’s own processor. */
  command: z.array(z.string()).optional(),
  standbys: z.number(),
  every: z.number(),
  /** Records of its topic, as the final read found them. */
  stored: measured,
  /** Of those, past what it had committed. */
  unprocessed: measured,
  /** That the stored records ask for, as far as they were processed. */
  due: measured,
  /** That readers of committed records are given, each time counted. */
  given: measured,
  /** That are stored and that no such reader is given: a transaction took them back. */
  takenBack: measured,
  /** Given beyond the first time. */
  repeated: measured,
  /** Devices that were given a command again. */
  devicesRepeated: measured,
  /** Due, and given to nobody. */
  missing: measured,
  /** Given, and no stored record asks for them. */
  unasked: measured,
  /** Given, and no device has acknowledged them. */
  unacknowledged: measured,
  /** Only of one that went to region b in a fail-over: all numbers are then of both regions together. */
  inRegionB: z
    .object({
      /** Commands that the logs of both regions have, or one of them twice: also those that no device was given twice. */
      issuedTwice: measured,
      /** The devices of which there are most of them. */
      issuedTwiceDevices: z.array(z.object({ device: z.string(), times: z.number() })).optional(),
      /** That devices were handed again, from an offset committed before, and knew. */
      handedAgain: measured,
    })
    .optional(),
  /** Devices of which there is a twin. */
  twins: measured,
  /** Devices whose twin is not what the fold says. */
  mismatched: measured,
  examples: z.object({
    repeated: z.array(command),
    missing: z.array(command),
    unasked: z.array(command),
    mismatched: z.array(twin),
  }),
  /** The devices that were given commands again most often. */
  repeatedDevices: z.array(z.object({ device: z.string(), times: z.number() })),
  /** Where its instances write to a database. */
  writer: writerMeasurement.optional(),
  faults: z.array(processorUnderFault),
})

export type ProcessorMeasurement = z.output<typeof processorMeasurement>
export type WriterMeasurement = z.output<typeof writerMeasurement>
export type ProcessorUnderFault = z.output<typeof processorUnderFault>
export type CommandExample = z.output<typeof command>
export type TwinExample = z.output<typeof twin>
