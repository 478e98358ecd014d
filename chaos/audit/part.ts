import { AftershockError } from '../core/errors.ts'

/**
 * One of several parts of a run that are audited apart: partitions whose number leaves `index` when it is divided by
 * `count`, in every topic, and so the devices whose number does (a device writes to the partition of its number modulo
 * the topic's). What is about a device, and what is about a log, is then within one part.
 */
export interface Part {
  /** From 0. */
  readonly index: number
  readonly count: number
}

export const WHOLE: Part = { index: 0, count: 1 }

export const isOwnNumber = ({ index, count }: Part, number: number): boolean => number % count === index

/** The number of the device `d17` in `d17/1/42` or `d17/1`; null for any other text. */
export function deviceNumber(text: string): number | null {
  const match = /^d(\d+)\//.exec(text)
  return match ? Number(match[1]) : null
}

/** Whether it is told in this part that a device sent this; what names no device is told in each. */
export function isOwnRecord(part: Part, record: string): boolean {
  if (part.count === 1) return true
  const number = deviceNumber(record)
  return number === null || isOwnNumber(part, number)
}

/** @throws AftershockError `usage` for what is no part */
export function parsePart(text: string, shownAs: string): Part {
  const match = /^(\d{1,5})\/(\d{1,5})$/.exec(text)
  const [number, count] = [Number(match?.[1]), Number(match?.[2])]
  if (match && number >= 1 && number <= count) return { index: number - 1, count }
  throw new AftershockError('usage', `${shownAs} is '${text}'`, {
    hint: 'for example 1/3 for the first of three; the last is 3/3',
  })
}

/** How many parts there can be: whatever divides the number of partitions of every topic. */
export function possibleCounts(partitions: readonly number[]): number[] {
  const least = Math.min(...partitions)
  if (!Number.isFinite(least)) return [1]
  return Array.from({ length: least }, (_, i) => i + 1).filter(count =>
    partitions.every(n => n % count === 0),
  )
}
