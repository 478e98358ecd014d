import { html, Html } from './html.ts'
import { STYLES } from './styles.ts'

/** A part of a page: its heading, and its place in the contents. */
export interface Section<Data> {
  /** Its address within the page. */
  readonly id: string
  /** In the contents. */
  readonly label: string
  readonly title: string
  readonly body: (data: Data) => Html
  /** Without it, or where it says yes, the page has the section. */
  readonly when?: (data: Data) => boolean
}

/** A section, or as many as the data has of it. */
export type SectionList<Data> = readonly (Section<Data> | ((data: Data) => readonly Section<Data>[]))[]

interface Page<Data> {
  readonly title: string
  /** Beside those of every page. */
  readonly styles?: string
  /** Above the contents. */
  readonly top: Html
  readonly sections: SectionList<Data>
  readonly data: Data
  readonly footer: string
}

/** No script may run and nothing may be fetched, whatever a string from the evidence tries. */
export const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/** One page that needs nothing else: no script, no request, no font. Contents and body come from one list. */
export function renderPage<Data>({ title, styles = '', top, sections, data, footer }: Page<Data>): string {
  const shown = sections
    .flatMap(one => (typeof one === 'function' ? one(data) : [one]))
    .filter(section => section.when?.(data) ?? true)
  return html`${new Html('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Html(STYLES)}${new Html(styles)}</style>
</head>
<body>
<a class="skip" href="#main">To the results</a>
${top}
<nav aria-label="Contents"><ul>${shown.map(({ id, label }) => html`<li><a href="#${id}">${label}</a></li>`)}</ul></nav>
<main id="main" tabindex="-1">
${shown.map(section => wholeSection(section, data))}</main>
<footer><p>${footer}</p></footer>
</body>
</html>
`.text
}

function wholeSection<Data>({ id, title, body }: Section<Data>, data: Data): Html {
  return html`<section id="${id}" aria-labelledby="${id}-h">
<h2 id="${id}-h">${title}</h2>
${body(data)}
</section>
`
}
