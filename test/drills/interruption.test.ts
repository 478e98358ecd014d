import { leavesNothingBehind } from '../local/interrupted-run.ts'

/** The first and the last of what can be interrupted are in test/local/interruption.lab.test.ts. */
describe('a run that is interrupted in any of its phases', function () {
  this.timeout(240_000)

  for (const phase of [
    'the topics are being made',
    'the steady state is being proven',
    'a fault has been injected',
    'a fault is being held',
    'a replay is under way',
    'every partition is being read',
  ] as const)
    it(`leaves nothing behind after SIGINT while ${phase}`, () => leavesNothingBehind(phase, 'SIGINT'))

  it('leaves nothing behind after SIGTERM while a fault has been injected', () =>
    leavesNothingBehind('a fault has been injected', 'SIGTERM'))
})
