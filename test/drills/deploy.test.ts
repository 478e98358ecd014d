import { after, before, describe, it } from 'mocha'
import { environmentNames } from '../../lib/environment.ts'
import { WITH_EVERY_KIND } from '../stacks/cdk-synth.ts'
import { deploysAndRemoves, type DeployingPlace, openDeployingPlace } from '../local/deploying.ts'

describe('npm run deploy and npm run destroy, of other environments against a local endpoint', function () {
  this.timeout(1_200_000)
  let place: DeployingPlace

  before(async function () {
    const opened = await openDeployingPlace()
    if (!opened) this.skip()
    place = opened
  })
  after(async () => {
    await place?.[Symbol.asyncDispose]()
  })

  // The others: test/local/deploy.test.ts.
  for (const name of environmentNames().filter(each => !WITH_EVERY_KIND.has(each)))
    it(`creates every resource of ${name}, and removes all but the evidence`, () =>
      deploysAndRemoves(name, place))
})
