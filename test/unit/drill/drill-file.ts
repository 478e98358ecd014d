import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { type LoadedDrill, loadDrill } from '../../../chaos/drill/load-drill.ts'

/** The parts of a drill file that tests vary; each has a right default. */
export interface DrillParts {
  readonly top?: string
  readonly contract?: string
  readonly fleet?: string
  readonly steadyState?: string
  readonly timeline?: readonly string[]
  readonly gates?: readonly string[]
  readonly end?: string
}

export function drillText(parts: DrillParts = {}): string {
  const lines = [
    parts.top ?? 'drill: x',
    'title: A test',
    parts.contract ?? 'contract: contract.yaml',
    `fleet: ${parts.fleet ?? '{ devices: 10 }'}`,
    'steadyState:',
    `  - ${parts.steadyState ?? '{ probe: nodes-answering, equals: 3 }'}`,
    'timeline:',
    ...(parts.timeline ?? ['{ at: 5s, fault: zone-cut, zone: az-c, for: 9s }']).map(entry => `  - ${entry}`),
    'gates:',
    ...(parts.gates ?? ['{ gate: acked-loss, atMost: 0 }']).map(gate => `  - ${gate}`),
    ...(parts.end === undefined ? [] : [parts.end]),
  ]
  return `${lines.join('\n')}\n`
}

export function contractText(classes: readonly string[] = DATA_CLASSES, extra = ''): string {
  const topics = classes.map((dataClass, index) =>
    [
      `  topic-${index}:`,
      `    dataClass: ${dataClass}`,
      '    owner: a-team',
      '    replayWindow: 4h',
      '    cleanup: delete',
      '    retention: 24h',
      '    partitionKey: device',
      '    schemaPolicy: backward',
      '    replayApprovers: [a-lead]',
      '    incidentContact: a-team-on-call',
      '    duplicates: tolerated',
      '    sinkFencing: none',
      '    dataOwner: eu-central-1',
    ].join('\n'),
  )
  return `contract: test\ntopics:\n${topics.join('\n')}\n${extra}`
}
const DATA_CLASSES = ['telemetry', 'device-state', 'operations', 'integration']

/** Loads `x.yaml`, beside `contract.yaml`, from a folder of its own that is gone afterwards. */
export async function loadText(drill: string, contract = contractText()): Promise<LoadedDrill> {
  const folder = await mkdtemp(join(tmpdir(), 'aftershock-drill-'))
  try {
    await writeFile(join(folder, 'x.yaml'), drill)
    await writeFile(join(folder, 'contract.yaml'), contract)
    return await loadDrill('./x.yaml', folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

export async function rejection(loading: Promise<unknown>): Promise<AftershockError> {
  try {
    await loading
  } catch (error) {
    if (error instanceof AftershockError) return error
    throw error
  }
  throw new Error('it was accepted')
}

/** Takes the `«` out of a text and says where it was: `x.yaml:7:5`, lines and columns counted from 1. */
export function unmark(marked: string, file = 'x.yaml'): { text: string; place: string } {
  const before = marked.slice(0, marked.indexOf('«')).split('\n')
  return {
    text: marked.replace('«', ''),
    place: `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`,
  }
}
