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
