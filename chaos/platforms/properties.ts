/** Java properties, in the order in which they were decided. */
export type Properties = Readonly<Record<string, string | number>>

export function renderProperties(properties: Properties): string {
  return `${Object.entries(properties)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`
}
