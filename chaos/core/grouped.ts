/** What has the same key, together; keys and items stay in the order in which they come. */
export function grouped<T, K>(items: readonly T[], of: (item: T) => K): [K, T[]][] {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const group = groups.get(of(item))
    if (group) group.push(item)
    else groups.set(of(item), [item])
  }
  return [...groups]
}
