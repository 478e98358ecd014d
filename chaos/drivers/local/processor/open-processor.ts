import { mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { hostsFile } from '../../../platforms/kafka/properties.ts'
import type { Endings } from '../../environment.ts'
import type { LinkMeter } from '../../link-meter.ts'
import { toxiproxyApi } from '../../toxiproxy-api.ts'
import { type LabLayout, proxyName, toxiproxyConfig } from '../lab/lab-layout.ts'
import { isProcessorLink, removeProcessor, removeWriter } from './remove-processor.ts'
import { type ProcessorOptions, RunProcessor } from './run-processor.ts'

/** What its clients are told of brokers that they reach past all links. */
export function writeDirectHosts(layout: LabLayout): void {
  mkdirSync(layout.processorDir, { recursive: true })
  const direct = layout.topology.nodes.map(({ id, host }) => ({
    host,
    address: layout.directAddress(id).host,
  }))
  const machine = { address: '127.0.0.1', host: hostname() }
  writeFileSync(join(layout.processorDir, 'direct-hosts'), hostsFile([machine, ...direct]))
}

/** The processor that a drill asks for, not started: its links are there before anything is measured. */
export async function openProcessor(
  options: ProcessorOptions,
  meter: LinkMeter | null,
  endings: Endings,
): Promise<RunProcessor> {
  const { lab } = options
  const { layout } = lab
  const processor = new RunProcessor(options)
  endings.add(
    'the stateful processor',
    async () => {
      await meter?.sample().catch(() => null)
      await processor.end()
    },
    60_000,
  )
  await removeProcessor(lab)
  // Links to a database are those of Connect workers where no instance writes to one.
  if (options.database) await removeWriter(lab)
  writeDirectHosts(layout)
  const names = layout.topology.links
    .filter(link => isProcessorLink(link, options.database !== null))
    .map(proxyName)
  const api = toxiproxyApi(layout.addresses.toxiproxy)
  for (const proxy of toxiproxyConfig(layout).filter(({ name }) => names.includes(name)))
    await api.create(proxy)
  return processor
}
