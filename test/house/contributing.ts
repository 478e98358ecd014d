import { roomsDiagram, roomsTable } from './map.ts'

/** The page with its generated parts as they follow from the sources. */
export function withMap(page: string): string {
  return replaced(replaced(page, 'rooms', roomsTable()), 'imports', roomsDiagram())
}

function replaced(page: string, marker: string, text: string): string {
  const place = new RegExp(`<!-- ${marker} -->\n[^]*?<!-- end -->`)
  return page.replace(place, () => `<!-- ${marker} -->\n\n${text}\n\n<!-- end -->`)
}
