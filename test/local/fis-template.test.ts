import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { main } from '../../chaos/cli.ts'
import { packageRoot } from '../../chaos/package-root.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'
import { run } from './run-program.ts'

/** The AWS CLI holds what it is given against the API's own model before it asks; moto then makes the template. */
describe('a drill that was rendered for FIS', function () {
  this.timeout(300_000)
  let moto: Moto

  before(async function () {
    const tools = pythonTools('moto_server', 'aws')
    if (typeof tools === 'string') {
      process.stderr.write(`fis: skipped, because ${tools}\n`)
      this.skip()
    }
    moto = await startMoto(tools, 'eu-west-1')
  })
  after(() => moto?.[Symbol.asyncDispose]())

  for (const [drill, environment] of [
    ['zone-cut', 'kafka'],
    ['first', 'kafka'],
    ['s3-outage', 'kafka-tiered'],
  ] as const)
    it(`is a template that the API takes: ${drill} on ${environment}`, async () => {
      let printed = ''
      let told = ''
      const status = await main(
        ['fis', 'render', drill, '--environment', environment, '--account', '123456789012'],
        {
          stdout: { write: text => (printed += text) },
          stderr: { write: text => (told += text) },
          env: {},
          cwd: packageRoot(),
          isTerminal: false,
        },
      )
      assert.equal(status, 0, told)
      const file = join(moto.dir, `${drill}.json`)
      writeFileSync(file, printed)
      const args = ['fis', 'create-experiment-template', '--cli-input-json', `file://${file}`]
      const { status: took, stdout, stderr } = await run('aws', args, moto.env)
      assert.equal(took, 0, stderr)
      const { experimentTemplate } = JSON.parse(stdout) as {
        experimentTemplate: { actions: object; targets: object }
      }
      const given = JSON.parse(printed) as { actions: object; targets: object }
      assert.deepEqual(Object.keys(experimentTemplate.actions), Object.keys(given.actions))
      assert.deepEqual(experimentTemplate.targets, given.targets)
    })
})
