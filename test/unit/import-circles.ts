/** Who imports whom, by path from the root of the repository. Imports of types count too. */
export type Imports = ReadonlyMap<string, readonly string[]>

/** Every set of files that reach each other by imports, each in order (Tarjan's strongly connected components). */
export function importCircles(imports: Imports): string[][] {
  const circles: string[][] = []
  const numbers = new Map<string, number>()
  const path: string[] = []
  const visit = (file: string): number => {
    const own = numbers.size
    let low = own
    numbers.set(file, own)
    path.push(file)
    for (const target of imports.get(file) ?? []) {
      if (!imports.has(target)) continue
      if (!numbers.has(target)) low = Math.min(low, visit(target))
      else if (path.includes(target)) low = Math.min(low, numbers.get(target) ?? low)
    }
    if (low === own) {
      const circle = path.splice(path.indexOf(file))
      if (circle.length > 1) circles.push(circle.toSorted())
    }
    return low
  }
  for (const file of imports.keys()) if (!numbers.has(file)) visit(file)
  return circles
}
