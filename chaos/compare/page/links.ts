import { type Html, html } from '../../page/html.ts'

/** A link to a file of a run. The leading `./` keeps any folder's name from being read as an address of its own. */
export function fileLink(dir: string, file: string, text: Html | string): Html {
  const path = [...dir.split('/'), file].map(encodeURIComponent).join('/')
  return html`<a href="./${path}">${text}</a>`
}
