/**
 * Reproducible randomness: sfc32 seeded by a string through FNV-1a. Everything random in a run comes from
 * the run's seed, so that the same seed picks the same brokers, jitters and payloads.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform integer in [0, below). */
  integer(below: number): number
  /** `count` different items, in random order; all of them when there are fewer. */
  sample<T>(items: readonly T[], count: number): T[]
  /** An independent stream, fixed by this one's seed and the name: drawing from it moves no other. */
  fork(name: string): Random
}

export function seededRandom(seed: string | number): Random {
  const text = String(seed)
  const next = sfc32(fnv1a(`${text}/a`), fnv1a(`${text}/b`), fnv1a(`${text}/c`))
  const integer = (below: number) => Math.floor(next() * below)
  return {
    next,
    integer,
    sample(items, count) {
      const pool = [...items]
      for (let i = 0; i < Math.min(count, pool.length); i++) {
        const j = i + integer(pool.length - i)
        const swapped = pool[i] as (typeof pool)[number]
        pool[i] = pool[j] as (typeof pool)[number]
        pool[j] = swapped
      }
      return pool.slice(0, count)
    },
    fork: name => seededRandom(`${text}/${name}`),
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** Chris Doty-Humphrey's small fast counter generator, 32-bit; the first rounds only mix the seed. */
function sfc32(a: number, b: number, c: number): () => number {
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 4294967296
  }
  for (let i = 0; i < 12; i++) next()
  return next
}
