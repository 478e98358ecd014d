import { AftershockError } from './errors.ts'

/** Closes a switch over a union: a case that was forgotten does not compile. */
export function assertNever(value: never): never {
  throw new AftershockError('internal', `unexpected value: ${JSON.stringify(value)}`)
}
