/** By key: the parts of all looks, combined. */
export function combineEach<K extends string, T>(
  looks: readonly Readonly<Record<K, T>>[],
  combine: (parts: readonly T[]) => T,
): Record<K, T> {
  const keys = Object.keys(looks[0] ?? {}) as K[]
  return Object.fromEntries(keys.map(key => [key, combine(looks.map(look => look[key]))])) as Record<K, T>
}
