import { readFile } from 'node:fs/promises'
import { AftershockError } from '../core/errors.ts'
import { parseContract } from './load-contract.ts'
import { findDrill } from './shipped-drills.ts'
import { parseYaml } from './yaml-source.ts'

export interface DraftDrill {
  /** The shipped drill that it begins as. */
  readonly from: string
  readonly name: string
  /** How the drill names its contract. */
  readonly contract: string
  readonly devices: number | null
  /** By the shipped contract's topics: what yours are called. */
  readonly topics: Readonly<Record<string, string>>
}

/**
 * A shipped drill as a file of somebody's own: its name, its contract, its devices and its topics changed, its comments
 * kept. @throws AftershockError `input` when there is no such drill, or it is not of a form that can be changed so
 */
export async function drillText(draft: DraftDrill, cwd: string): Promise<string> {
  const { from, name, contract, devices, topics } = draft
  const text = await readFile(await findDrill(from, cwd), 'utf8')
  const changed = Object.entries(topics)
    .filter(([shipped, own]) => shipped !== own)
    .reduce(
      // A topic stands before a partition, or as the value of a key that names topics.
      (so, [shipped, own]) =>
        so
          .replaceAll(new RegExp(`(?<![\\w.-])${shipped}(?=/\\d)`, 'g'), own)
          .replaceAll(new RegExp(`(?<=\\btopics?: \\[?)${shipped}\\b`, 'g'), own),
      text,
    )
  const lines = changed
    .replace(/^drill: .*$/m, `drill: ${name}`)
    .replace(/^contract: .*$/m, `contract: ${contract}`)
  const own = devices === null ? lines : lines.replace(/^( +devices: )\d+/m, `$1${devices}`)
  if (!own.includes(`\ncontract: ${contract}`) && !own.startsWith(`contract: ${contract}`))
    throw new AftershockError(
      'input',
      `the drill ${from} names no contract, so it cannot become one of yours`,
      {
        hint: 'Begin with another, for example broker-kill.',
      },
    )
  return `# Made by aftershock init from the drill ${from}. docs/writing-a-drill.md says what else there is.\n${own}`
}

/** @throws AftershockError `input` when what was drafted is no contract, which would be a mistake of ours */
export function checkContractText(text: string, shownAs: string, forFleet: boolean): void {
  parseContract(parseYaml(text, shownAs, ''), { forFleet })
}
