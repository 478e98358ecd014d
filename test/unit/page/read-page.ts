import { Html, textOf } from '../../../chaos/page/html.ts'

/** A part of a page as it is read, without charts, which are tables too, and what is folded away. */
export const readPart = (html: string): string =>
  textOf(new Html(html.replaceAll(/<(figure|details)\b.*?<\/\1>/gs, '')))

/** What stands above the contents. */
export const readTop = (page: string): string =>
  readPart(/<header class="top.*?<\/header>/s.exec(page)?.[0] ?? '')

/** The lines of a text that are not in another. */
export function otherLines(text: string, base: string): string {
  const known = new Set(base.split('\n'))
  return text
    .split('\n')
    .filter(line => !known.has(line))
    .join('\n')
}
