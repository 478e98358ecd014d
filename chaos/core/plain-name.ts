import { z } from 'zod'

/**
 * The name of a run, drill or platform as evidence has it. Every one that was ever made fits; what does not was
 * written by hand, to look like something else where it is printed.
 */
export const plainName = z
  .string()
  .regex(/^[\w.:+@-]{1,200}$/, 'expected a name of letters, digits, - and _, without spaces')
