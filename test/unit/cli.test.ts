import assert from 'node:assert/strict'
import { type Command, Help } from 'commander'
import { describe, it } from 'mocha'
import { buildProgram, exitStatusOf, main } from '../../chaos/cli.ts'
import { ExitStatus, type Io } from '../../chaos/commands/io.ts'
import { COMMANDS } from '../../chaos/commands/table.ts'
import { AftershockError } from '../../chaos/core/errors.ts'

function recordingIo(env: Io['env'] = {}) {
  const said = { out: '', err: '' }
  const io: Io = {
    stdout: { write: text => (said.out += text) },
    stderr: { write: text => (said.err += text) },
    env,
    cwd: '/nowhere',
    isTerminal: false,
  }
  return { io, said }
}

describe('the command line', () => {
  it('shows its help on standard output, asked or not', async () => {
    for (const args of [[], ['--help'], ['help'], ['doctor', '--help']]) {
      const { io, said } = recordingIo()
      assert.equal(await main(args, io), 0)
      assert.match(said.out, /^Usage: aftershock/)
      assert.equal(said.err, '')
    }
  })

  it('shows a page of the documentation by its topic, and lists the topics', async () => {
    const help = async (topic: string) => {
      const { io, said } = recordingIo()
      return { code: await main(['help', topic], io), ...said }
    }
    const index = await help('topics')
    assert.equal(index.code, 0)
    assert.match(index.out, /\n {2}writing-a-drill\n {6}write a drill of your own\n/)
    assert.match((await help('exit-codes')).out, /^# Exit codes/)
    // A command goes before a page of its name.
    assert.match((await help('init')).out, /^Usage: aftershock init/)
    const typo = await help('exit-code')
    assert.equal(typo.code, 64)
    assert.match(typo.err, /no help on 'exit-code'; did you mean 'exit-codes'\?/)
  })

  it('lists commands without loading them as they are when they are loaded', async () => {
    const { commands } = await buildProgram(recordingIo().io)
    const aliases = COMMANDS.flatMap(command => command.aliases ?? [])
    const named = commands.map(command => command.name())
    assert.deepEqual(
      aliases.filter(alias => !named.includes(alias)),
      [],
    )
    assert.deepEqual(
      commands.flatMap(command =>
        aliases.includes(command.name()) || command.name() === 'version'
          ? []
          : [[command.name(), new Help().subcommandTerm(command), command.description()]],
      ),
      COMMANDS.map(({ name, term, description }) => [name, term, description]),
    )
  })

  it('shows a command of a command as it is, also where another of its name stands alone', async () => {
    const { io, said } = recordingIo()
    assert.equal(await main(['aws', '--help'], io), 0)
    assert.match(said.out, /\n {2}heal \[options\] +undo/)
  })

  it('loads what is asked for, and nothing else', async () => {
    const options = async (...wanted: string[]) => {
      const { commands } = await buildProgram(recordingIo().io, wanted)
      return commands.flatMap(command => (command.options.length > 0 ? [command.name()] : []))
    }
    assert.deepEqual(await options(), [])
    assert.deepEqual(await options('verify'), ['verify'])
  })

  it('writes what a user fills in the same way everywhere: in small letters, as <file>', async () => {
    const program = await buildProgram(recordingIo().io)
    const withAll = (command: Command): Command[] => [command, ...command.commands.flatMap(withAll)]
    const places = withAll(program).flatMap(command =>
      command.options.flatMap(({ flags }) => [...flags.matchAll(/[<[].*[>\]]/g)].map(([place]) => place)),
    )
    assert.ok(places.length > 20)
    assert.deepEqual(
      places.filter(place => !/^[<[][a-z][a-z:/,…-]*(\.\.\.)?[>\]]$/.test(place)),
      [],
    )
    const shapes = withAll(program).map(command => command.usage())
    assert.deepEqual(
      shapes.filter(usage => /[<[]\w*[A-Z]\w*/.test(usage)),
      [],
    )
  })

  it('answers what it does not know with 64, on standard error', async () => {
    for (const args of [['docter'], ['doctor', '--jsn'], ['doctor', 'surplus'], ['--surplus']]) {
      const { io, said } = recordingIo()
      assert.equal(await main(args, io), 64)
      assert.match(said.err, /^error: /)
      assert.equal(said.out, '')
    }
  })

  it('suggests the command that was probably meant', async () => {
    const { io, said } = recordingIo()
    await main(['docter'], io)
    assert.match(said.err, /doctor/)
  })

  it('ends with the status of an error’s code, and prints its hint', () => {
    const { io, said } = recordingIo()
    const error = new AftershockError('refused', 'zone az-c is out of reach', { hint: 'ask its owner' })
    assert.equal(exitStatusOf(error, io), 75)
    assert.equal(said.err, 'aftershock: zone az-c is out of reach\nask its owner\n')
  })

  it('says who can mend an error, in the one document that --json gives', async () => {
    const document = async (...args: string[]) => {
      const { io, said } = recordingIo()
      await main([...args, '--json'], io)
      assert.notEqual(said.err, '')
      return (JSON.parse(said.out) as { error: object }).error
    }
    assert.deepEqual(await document('cost', '/nowhere/run'), {
      code: 'input',
      source: 'user',
      message: '/nowhere/run has no run.json',
      hint: 'Name the folder of a run: the one that holds run.json and journal.jsonl.',
    })
    assert.deepEqual(await document('docter'), {
      code: 'usage',
      source: 'user',
      message: "unknown command 'docter' (Did you mean doctor?)",
      hint: '`aftershock --help` lists the commands, and each has its own --help',
    })
  })

  it('takes from its code who can mend an error, unless it says so itself', () => {
    assert.equal(new AftershockError('unavailable', 'no broker answers').source, 'platform')
    assert.equal(new AftershockError('internal', 'no zone az-d').source, 'tool')
    assert.equal(new AftershockError('unavailable', 'no credentials', { source: 'user' }).source, 'user')
  })

  it('adds nothing to a command that has said everything', () => {
    const { io, said } = recordingIo()
    assert.equal(exitStatusOf(new ExitStatus(2), io), 2)
    assert.deepEqual(said, { out: '', err: '' })
  })

  it('calls a mistake of its own an internal error, and shows the stack only when asked', () => {
    const plain = recordingIo()
    assert.equal(exitStatusOf(new TypeError('x is not a function'), plain.io), 70)
    assert.match(plain.said.err, /internal error: x is not a function/)
    assert.doesNotMatch(plain.said.err, /\n\s+at /)

    const debugging = recordingIo({ AFTERSHOCK_DEBUG: '1' })
    assert.equal(exitStatusOf(new TypeError('x is not a function'), debugging.io), 70)
    assert.match(debugging.said.err, /\n\s+at /)
  })
})
