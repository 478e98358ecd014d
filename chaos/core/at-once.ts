/** Every item's work at once; afterwards the first error, so that nothing is still under way when it throws. */
export async function eachAtOnce<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled([...items].map(work))
  const failed = results.find(result => result.status === 'rejected')
  if (failed) throw failed.reason
}
