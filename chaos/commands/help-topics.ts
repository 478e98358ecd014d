import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { AftershockError } from '../core/errors.ts'
import { didYouMean } from '../drill/schema-words.ts'
import { packageFile } from '../package-root.ts'

/** Pages of the documentation that are for users of the program, by the names of their files. */
export function helpTopics(): string[] {
  const folder = packageFile('docs')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(name => name.endsWith('.md') && name !== 'README.md')
    .map(name => name.slice(0, -'.md'.length))
    .toSorted()
}

/** What stands in the table of docs/README.md before each page: `write a drill of your own`. */
export function topicIndex(): string {
  const rows = readFileSync(packageFile('docs', 'README.md'), 'utf8')
    .split('\n')
    .flatMap(line => {
      const [, what, links] = /^\| (.+?) \| (.+) \|$/.exec(line) ?? []
      const topics = [...(links ?? '').matchAll(/\(([a-z-]+)\.md\)/g)].map(([, name]) => name ?? '')
      return what === undefined || topics.length === 0 ? [] : [`  ${topics.join(', ')}\n      ${what}`]
    })
  return `aftershock help <topic> shows a page of the documentation:\n\n${rows.join('\n')}\n`
}

/** The page as it is, which is text. @throws AftershockError `usage` for a topic that is none */
export function topicText(topic: string, commands: readonly string[]): string {
  const topics = helpTopics()
  if (!topics.includes(topic))
    throw new AftershockError(
      'usage',
      `there is no help on '${topic}'${didYouMean(topic, [...topics, ...commands])}`,
      {
        hint: '`aftershock help topics` lists the topics; `aftershock --help` lists the commands.',
      },
    )
  return readFileSync(packageFile('docs', `${topic}.md`), 'utf8')
}
