import { messageOf } from '../core/errors.ts'

/** What has to be ended, in the reverse of the order in which it began, whatever happens in between. */
export class Teardown {
  private readonly steps: { readonly what: string; readonly end: () => unknown }[] = []

  add(what: string, end: () => unknown): void {
    this.steps.push({ what, end })
  }

  /** Runs every step even if others fail. @returns what failed, in words. */
  async run(): Promise<string[]> {
    const failures: string[] = []
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      try {
        await step.end()
      } catch (error) {
        failures.push(`${step.what}: ${messageOf(error)}`)
      }
    }
    return failures
  }
}
