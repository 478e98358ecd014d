import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { main } from '../../../chaos/cli.ts'
import { EXIT } from '../../../chaos/core/exit-codes.ts'
import { packageRoot } from '../../../chaos/package-root.ts'

/** @returns the status, and both streams */
async function fis(...args: readonly string[]) {
  const said = { out: '', err: '' }
  const status = await main(['fis', 'render', ...args], {
    stdout: { write: text => (said.out += text) },
    stderr: { write: text => (said.err += text) },
    env: {},
    cwd: packageRoot(),
    isTerminal: false,
  })
  return { status, ...said }
}

describe('fis render', function () {
  this.timeout(60_000)

  it('prints the template alone, and beside it what FIS cannot do and does otherwise', async () => {
    const { status, out, err } = await fis('zone-cut')
    assert.equal(status, EXIT.pass, err)
    const { actions } = JSON.parse(out) as { actions: Record<string, { actionId: string }> }
    assert.equal(actions['zone-cut-1']?.actionId, 'aws:network:disrupt-connectivity')
    assert.match(err, /FIS cannot do of zone-cut:\n {2}replay-2: it is no fault: the runner does it\n/)
    assert.match(err, /zone-cut-1: it holds for 60 s and not 20 s: FIS goes by the minute\n/)
    assert.match(err, /Replace ACCOUNT by the number of the account, or give --account\./)
  })

  it('prints one document with --json, and names the account and the role that it was given', async () => {
    const role = 'arn:aws:iam::123456789012:role/mine'
    const { out, err } = await fis('zone-cut', '--json', '--account', '123456789012', '--role', role)
    const document = JSON.parse(out) as { template: { roleArn: string }; cannot: object[]; differs: object[] }
    assert.equal(document.template.roleArn, role)
    assert.ok(document.cannot.length > 0 && document.differs.length > 0)
    assert.doesNotMatch(out, /ACCOUNT/)
    assert.equal(err, '')
  })

  it('refuses a drill of which FIS can do nothing, with the reason of each step', async () => {
    const { status, out, err } = await fis('broker-hang')
    assert.equal(status, EXIT.input)
    assert.equal(out, '')
    assert.match(err, /FIS can do nothing of broker-hang:\n {2}broker-hang-1: FIS has no SIGSTOP/)
  })

  it('says what was expected after a mistake', async () => {
    const cases = [
      [['zone-cutt'], EXIT.input, /zone-cutt/],
      [
        ['zone-cut', '--environment', 'labb'],
        EXIT.usage,
        /there is no environment labb: expected --environment <one of automq/,
      ],
      [['zone-cut', '--account', '12'], EXIT.usage, /--account is '12'\nit has 12 digits/],
      [['zone-cut', '--role', 'mine'], EXIT.usage, /--role is 'mine'\nit is the ARN of a role/],
    ] as const
    for (const [args, expected, words] of cases) {
      const { status, err } = await fis(...args)
      assert.equal(status, expected, err)
      assert.match(err, words)
    }
  })
})
