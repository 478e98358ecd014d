import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { tell } from './measured.ts'
import { OtherWork } from './other-work.ts'

/**
 * CPU until the program has said its help, or planned its default drill, against a Node.js that does nothing: with the
 * program built. `node --import tsx bench/start-up.ts [pairs]`, 7 unless told otherwise.
 */
const pairs = Number(process.argv[2] ?? 7)
const program = fileURLToPath(new URL('../bin/aftershock.mjs', import.meta.url))
const COMMANDS = { help: ['--help'], plan: ['run', 'first', '--plan'] } as const
/** In times of a bare Node.js, which takes 0.04 s on the machine where 0.15 s and 0.25 s of CPU were wanted. */
const WANTED = { help: 3.75, plan: 6.25 } as const

cpuOf([program, '--version'])
for (const name of ['help', 'plan'] as const) {
  const found = Array.from({ length: pairs }, () => {
    const others = new OtherWork([])
    const peer = cpuOf(['-e', '0'])
    const ours = cpuOf([program, ...COMMANDS[name]])
    others.child(peer + ours)
    return { ours, peer, byOthers: others.share() }
  })
  for (const { ours, peer, byOthers } of found)
    process.stdout.write(
      `--${name}: ${ours.toFixed(2)} s of CPU; node -e 0: ${peer.toFixed(2)} s; other work ${Math.round(byOthers * 100)}%\n`,
    )
  tell({
    bench: 'start-up',
    what: `CPU of \`${COMMANDS[name].join(' ')}\` against a bare Node.js`,
    unit: 's',
    pairs: found,
    wanted: WANTED[name],
  })
}

/** Of a process and those that it waited for, as the shell adds it up. */
function cpuOf(args: readonly string[]): number {
  const { stderr } = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$0" "$@" >/dev/null 2>&1', process.execPath, ...args],
    {
      encoding: 'utf8',
    },
  )
  const [user = 0, system = 0] = stderr.trim().split(/\s+/).map(Number)
  return user + system
}
