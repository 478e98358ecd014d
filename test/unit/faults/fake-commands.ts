import type { Commands } from '../../../chaos/drivers/driver.ts'

/** The three commands of the shipped hook, by what they would do to a process. */
export function fakeCommands(world: { readonly obeys: boolean; isHooked: boolean }): Commands {
  return {
    async run(argv) {
      const words = argv.join(' ')
      const end = (exitCode: number) => ({ exitCode, why: null, outputTail: '' })
      if (words.includes('ps -o')) return end(world.isHooked ? 0 : 1)
      if (world.obeys) world.isHooked = words.includes('-STOP')
      return end(0)
    },
  }
}
