import { z } from 'zod'
import type { Driver } from '../drivers/driver.ts'
import type { Means, TargetBase } from './fault.ts'
import {
  allAnsweredAgain,
  combineLinks,
  describeAnswers,
  isSomebodyAway,
  knockOnLinks,
  linksOf,
} from './link-reading.ts'

/** How a link is cut: in a partition nothing answers, and what refuses says so. */
export const cutMode = z
  .enum(['silent', 'refuse'])
  .default('silent')
  .describe('silent: bytes vanish, as in a partition; refuse: connections end and new ones are refused.')

export interface CutLinks extends TargetBase {
  readonly mode: 'silent' | 'refuse'
}

/** What is the same in faults that cut links: how, what is seen of them, and when they carry again. */
export const CUT_LINKS = {
  inject: (driver: Driver, { links, mode }: CutLinks, id: string) => linksOf(driver).cut(links, id, { mode }),
  probe: (driver: Driver, { links }: CutLinks, _id: string, means?: Means) =>
    knockOnLinks(driver, links, { timeoutMs: 1500, tries: 3, means }),
  baseline: combineLinks,
  heal: (driver: Driver, { links }: CutLinks, id: string) => linksOf(driver).clear(links, id),
  isHealed: allAnsweredAgain,
  isAway: isSomebodyAway,
  describe: describeAnswers,
} as const
