import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Clock } from '../../chaos/core/clock.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import type { StartedLab } from '../../chaos/drivers/local/lab/lab.ts'
import { resourceUse } from '../../chaos/machine/process-table.ts'

export interface JavaRun {
  readonly cpuSeconds: number
  readonly wallSeconds: number
  readonly said: string
}

/** One of Kafka's own tools as a process that reaches brokers over the links of the node's zone. */
export async function runKafkaTool(
  lab: StartedLab,
  tool: string,
  args: readonly string[],
  {
    clock,
    deadlineMs,
    node = 1,
  }: { readonly clock: Clock; readonly deadlineMs: number; readonly node?: number },
): Promise<JavaRun> {
  const { runtime } = lab.supervisor.state
  assert.ok(runtime, 'a lab of Kafka has jars')
  const { java, classPath } = runtime
  const began = clock.now()
  // The brokers advertise names: the hosts file of that node leads over the same links.
  const hosts = `-Djdk.net.hosts.file=${join(lab.layout.nodeDir(node), 'hosts')}`
  const child = spawn(
    java,
    [
      '-Xms256m',
      '-Xmx256m',
      '-XX:+UseSerialGC',
      hosts,
      '-cp',
      classPath,
      `org.apache.kafka.tools.${tool}`,
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let said = ''
  let exit: number | null | undefined
  child.stdout.on('data', chunk => {
    said += chunk
  })
  child.once('exit', code => {
    exit = code
  })
  let cpuSeconds = 0
  try {
    await waitFor(
      `${tool} to end`,
      () => {
        // Its own last reading before it is gone: a fiftieth of a second of its time may be missed.
        cpuSeconds = (child.pid === undefined ? undefined : resourceUse(child.pid)?.cpuSeconds) ?? cpuSeconds
        return exit !== undefined
      },
      { clock, deadlineMs, everyMs: 20 },
    )
  } finally {
    child.kill('SIGKILL')
  }
  assert.equal(exit, 0, `${tool} ended with ${exit}: ${said.slice(-500)}`)
  return { cpuSeconds, wallSeconds: (clock.now() - began) / 1000, said }
}
