import { z } from 'zod'
import { abortCondition } from '../core/drill.ts'
import { drillScopeKeys, limitWords, scopeWords } from '../core/replay-scope.ts'
import { duration } from '../core/units.ts'
import { defineAction } from './action.ts'

const spec = z.strictObject({
  ...drillScopeKeys,
  principal: z
    .enum(['replay', 'replay-2'])
    .default('replay')
    .describe('Who reads it, as brokers know it. Each has one approval at a time; two read at once.'),
  reason: z
    .string()
    .min(1)
    .max(300)
    .describe('Why it is needed; its approvers read this.')
    .meta({ examples: ['Rebuild the dashboards of May'] }),
  requester: z
    .string()
    .min(1)
    .default('site-operations')
    .describe('Who asks. Approvers are those of the contract.'),
  expiresIn: duration.prefault('10m').describe('How long the approval holds.'),
  bytesPerSecond: z
    .int()
    .positive()
    .optional()
    .describe('What each broker hands to it a second, as a quota. Default: no limit.')
    .meta({ examples: [1_000_000] }),
  revokeAfter: duration
    .optional()
    .describe('Takes the right away when it has read for so long, to see that it is told and not silent.'),
  stopWhen: z
    .array(abortCondition)
    .default([])
    .describe('It is stopped when one of these holds: devices and dashboards come first.'),
})

/**
 * Somebody asks for a replay, somebody else approves it, and the approval makes the right to read, which its end takes
 * away. Brokers are asked, as the principal that reads, before, during and after it; and each way to be refused is tried.
 */
export const governedReplay = defineAction<z.output<typeof spec>>({
  kind: 'governed-replay',
  summary: 'A replay that is asked for, approved by another person, and enforced by the brokers.',
  needs: ['access'],
  spec,
  describe: ({ reason, bytesPerSecond, ...scope }) =>
    `governed replay of ${scopeWords(scope)}${limitWords(bytesPerSecond)}: ${reason}`,
  run(
    { reason, requester, principal, expiresIn, bytesPerSecond, revokeAfter, stopWhen, ...scope },
    { id, hands, signal },
  ) {
    const order = {
      id,
      scope,
      principal,
      reason,
      requester,
      expiresInMs: expiresIn,
      bytesPerSecond: bytesPerSecond ?? null,
      revokeAfterMs: revokeAfter ?? null,
      stopWhen,
    }
    return hands.governedReplay(order, signal)
  },
})
