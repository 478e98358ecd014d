import { z } from 'zod'
import { PLATFORM_NAMES } from '../platforms/index.ts'
import type { PlatformId } from '../platforms/platform-id.ts'

/** By what a column of a comparison is known: `kafka`, or `kafka@4.4.0` where two versions are compared. */
export const platformIdSchema = z.union([
  z.enum(PLATFORM_NAMES),
  z.templateLiteral([z.enum(PLATFORM_NAMES), '@', z.string().min(1)]),
]) satisfies z.ZodType<PlatformId>
