import { AftershockError } from '../chaos/core/errors.ts'

const MEMORY_GIB_PER_SIZE: Readonly<Record<string, number>> = {
  nano: 0.5,
  micro: 1,
  small: 2,
  medium: 4,
  large: 8,
  xlarge: 16,
  '2xlarge': 32,
  '4xlarge': 64,
}

/** Memory of the general-purpose (t, m), memory (r) and compute (c) families. @throws AftershockError `input` for others. */
export function instanceMemoryMiB(instanceType: string): number {
  const [family = '', size = ''] = instanceType.split('.')
  const general = MEMORY_GIB_PER_SIZE[size]
  const factor = { t: 1, m: 1, r: 2, c: 0.5 }[family[0] ?? '']
  if (general === undefined || factor === undefined)
    throw new AftershockError(
      'input',
      `the memory of ${instanceType} is not known; use a t, m, r or c type up to 4xlarge`,
      { hint: 'the sizes that are known stand in lib/instance-memory.ts' },
    )
  return general * factor * 1024
}

/**
 * What an instance gives its volumes for as long as one likes, in MiB/s, where that is known: AWS's table of EBS-optimized
 * instances, in Mbit/s. Above it there is a burst of 30 minutes a day, after which a comparison would measure its end.
 */
const DISK_MBIT_PER_SIZE: Readonly<Record<string, number>> = {
  medium: 315,
  large: 630,
  xlarge: 1250,
  '2xlarge': 2500,
  '4xlarge': 5000,
}

export function diskBaselineMiBps(instanceType: string): number | null {
  const [family = '', size = ''] = instanceType.split('.')
  const mbit = /^[mcr]7g$/.test(family) ? DISK_MBIT_PER_SIZE[size] : undefined
  return mbit === undefined ? null : (mbit * 1e6) / 8 / 1024 ** 2
}
