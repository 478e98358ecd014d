import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * A folder of this user by the XDG base directory specification, which takes an empty or relative path for none.
 * @param given the variable's value @param usual below the home folder, where it is not given
 */
export function userFolder(given: string | undefined, ...usual: readonly string[]): string {
  return given !== undefined && isAbsolute(given) ? given : join(homedir(), ...usual)
}
