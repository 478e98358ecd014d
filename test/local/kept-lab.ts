/**
 * The lab that a file of tests has given back whole, for the next one that asks for a lab. Only a process that runs
 * nothing but such files keeps it: any other file needs its addresses. Without imports, as the root hooks load it too.
 */
export const keptLab: { current: (AsyncDisposable & { readonly lab: unknown }) | undefined } = {
  current: undefined,
}

export const keepsLab = process.env.AFTERSHOCK_TEST_KEEPS_LAB === '1'

export async function endKeptLab(): Promise<void> {
  const { current } = keptLab
  keptLab.current = undefined
  await current?.[Symbol.asyncDispose]()
}
