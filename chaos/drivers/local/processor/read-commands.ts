import { z } from 'zod'
import { AftershockError } from '../../../core/errors.ts'
import { ACKNOWLEDGEMENTS_TOPIC, COMMANDS_TOPIC } from '../../../platforms/processor.ts'
import { parseLine } from '../../../record/json-lines.ts'
import { ISOLATIONS, type SentRecord } from '../../../record/processor-evidence.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { labMarks } from '../lab/supervisor.ts'
import { type DeviceTwin, READER_CLASS } from '../setup/device-twin.ts'
import { runTool } from '../setup/tool.ts'

const READ_SECONDS = 60
type Isolation = (typeof ISOLATIONS)[number]
/** By the isolation of the reader. The id of a record is `?` where it is neither command nor acknowledgement. */
export type SentRecords = Readonly<Record<Isolation, readonly SentRecord[]>>

const count = z.int().min(0)
const place = { isolation: z.enum(ISOLATIONS), topic: z.string(), partition: count }
const line = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('record'), ...place, offset: count, id: z.string() }),
  z.object({
    kind: z.literal('partition'),
    ...place,
    low: count,
    position: count,
    end: count,
    high: count,
    records: count,
  }),
])
type Line = z.output<typeof line>

/**
 * Every command and acknowledgement, as readers of committed records are given them and as they are stored, by a
 * client of Kafka's own in a process of its own, past the links.
 * @throws AftershockError `unavailable` when they cannot be read whole: a transaction that is open hides what follows.
 */
export async function readCommands(
  layout: LabLayout,
  { java, classPath }: DeviceTwin,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<SentRecords> {
  const lines: Line[] = []
  const strange: string[] = []
  const take = (text: string) => {
    const parsed = line.safeParse(parseLine(text))
    if (parsed.success) lines.push(parsed.data)
    else strange.push(text)
  }
  const servers = layout.topology.nodes.map(({ id }) => layout.directAddress(id))
  const args = ['-Xmx64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', labMarks(layout.dir)[0]]
  const hosts = `-Djdk.net.hosts.file=${layout.processorDir}/direct-hosts`
  const what = [servers.map(({ host, port }) => `${host}:${port}`).join(','), String(READ_SECONDS)]
  const topics = [COMMANDS_TOPIC, ACKNOWLEDGEMENTS_TOPIC]
  await runTool(java, [...args, hosts, '-cp', classPath, READER_CLASS, ...what, ...topics], {
    env,
    signal,
    onLine: take,
  })
  return sentRecords(lines, strange)
}

/** @throws AftershockError `unavailable` when something of it is missing. */
export function sentRecords(lines: readonly Line[], strange: readonly string[] = []): SentRecords {
  const of = (isolation: Isolation): SentRecord[] => {
    const mine = lines.filter(one => one.isolation === isolation)
    const partitions = mine.filter(one => one.kind === 'partition')
    const records = mine.filter(one => one.kind === 'record')
    const flaw = partitions.find(
      ({ topic, partition, low, position, end, high, records: told }) =>
        low > 0 ||
        position < end ||
        end < high ||
        told !== records.filter(one => one.topic === topic && one.partition === partition).length,
    )
    if (partitions.length === 0 || flaw)
      throw new AftershockError(
        'unavailable',
        `${COMMANDS_TOPIC} was not read whole: ${flaw ? JSON.stringify(flaw) : (strange[0] ?? 'no partition was reported')}`,
      )
    return records.map(({ topic, partition, offset, id }) => [topic, partition, offset, id])
  }
  return { read_committed: of('read_committed'), read_uncommitted: of('read_uncommitted') }
}
