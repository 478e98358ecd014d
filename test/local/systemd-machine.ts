import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from '../../chaos/core/wait.ts'
import { systemClock } from '../../chaos/system-clock.ts'

const SYSTEMD = '/usr/lib/systemd/systemd'
/** Nothing of what this system itself would start in them. */
const TARGETS = ['sysinit', 'basic', 'network-online', 'timers', 'multi-user', 'shutdown']
const SPACES = ['--mount', '--pid', '--cgroup', '--uts', '--ipc', '--fork', '--kill-child']

/**
 * What becomes of this system as the root of the machine: all of it below, and what the machine writes above, which
 * stays when it is powered off. What is memory there is new at each boot.
 */
const START = `set -euo pipefail
mount --make-rprivate /
root=$1/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/written,workdir=$1/work" "$root"
mount -t proc proc "$root/proc"
mount --bind /sys "$root/sys"
mount -o remount,bind,ro "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
mkdir "$root/sys/fs/cgroup/unified" "$root/sys/fs/cgroup/systemd"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd" 2>/dev/null || true
if [ ! -e "$1/prepared" ]; then
  for target in ${TARGETS.join(' ')}; do rm -rf "$root"/{etc,usr/lib}/systemd/system/$target.target.wants; done
  touch "$1/prepared"
fi
mkdir -p "$root/host"
cd "$root"
pivot_root . host
umount -l /host
export container=aftershock
exec ${SYSTEMD} --system --unit=multi-user.target --log-target=console --log-level=notice
`

/** Why no machine can be made here, or null. */
export function noSystemd(): string | null {
  // It makes this system the root of a machine, if only to read it: nobody gets that without asking for it.
  if (!process.env.AFTERSHOCK_SYSTEMD) return 'AFTERSHOCK_SYSTEMD is not set'
  if (!existsSync(SYSTEMD)) return `there is no ${SYSTEMD}`
  if (process.getuid?.() !== 0) return 'it takes root'
  try {
    execFileSync('unshare', [...SPACES, 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' })
    return null
  } catch {
    return 'namespaces of mounts and processes cannot be made here'
  }
}

/** A machine with a systemd of its own as its first process, on the network of this one, or in a namespace of it. */
export class SystemdMachine implements AsyncDisposable {
  readonly #dir: string
  readonly #env: Readonly<Record<string, string>>
  readonly #network: string | null
  #child: ChildProcess | undefined

  /**
   * @param env what every process of the machine has in its environment
   * @param network a namespace that is there; null: that of this machine
   */
  constructor(dir: string, env: Readonly<Record<string, string>>, network: string | null = null) {
    this.#dir = dir
    this.#network = network
    this.#env = env
    for (const name of ['written', 'work', 'root']) mkdirSync(join(dir, name), { recursive: true })
    const words = Object.entries(env).map(([key, value]) => `"${key}=${value}"`)
    this.write('/etc/systemd/system.conf.d/test.conf', `[Manager]\nDefaultEnvironment=${words.join(' ')}\n`)
    for (const name of TARGETS)
      this.write(
        `/etc/systemd/system/${name}.target`,
        `[Unit]\nDescription=${name}\nDefaultDependencies=no\n`,
      )
    this.write('/etc/fstab', '')
  }

  /** Where a file of the machine is, while it is off; what it has not written is not there. */
  path(file: string): string {
    return join(this.#dir, 'written', file)
  }

  write(file: string, text: string, mode = 0o644): void {
    mkdirSync(join(this.path(file), '..'), { recursive: true })
    writeFileSync(this.path(file), text, { mode })
  }

  read(file: string): string {
    return existsSync(this.path(file)) ? readFileSync(this.path(file), 'utf8') : ''
  }

  async boot(): Promise<void> {
    const console = join(this.#dir, 'start.sh')
    writeFileSync(console, START)
    const enter = this.#network === null ? [] : ['ip', 'netns', 'exec', this.#network]
    const [program, ...args] = [...enter, 'unshare', ...SPACES, 'bash', console, this.#dir]
    this.#child = spawn(program, args, { stdio: 'ignore' })
    await waitFor(
      'systemd to answer',
      () => this.run('systemctl is-system-running --wait').then(Boolean, isUp),
      {
        clock: systemClock,
        deadlineMs: 270_000,
        everyMs: 250,
      },
    )
  }

  /** Power off. */
  async crash(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  /** @throws Error with what it said when the command fails. */
  async run(command: string): Promise<string> {
    const first = readFileSync(`/proc/${this.#child?.pid}/task/${this.#child?.pid}/children`, 'utf8').trim()
    const network = this.#network === null ? [] : ['-n']
    const inside = ['-t', first, '-m', '-p', '-u', '-i', ...network, 'bash', '-c', command]
    const { stdout } = await promisify(execFile)('nsenter', inside, { env: { ...process.env, ...this.#env } })
    return stdout.trim()
  }

  /** Resolves when the file says so. */
  async says(file: string, what: RegExp, deadlineMs = 180_000): Promise<RegExpExecArray> {
    return waitFor(`${file} to say ${what}`, () => what.exec(this.read(file)) ?? undefined, {
      clock: systemClock,
      deadlineMs,
      everyMs: 250,
      lastSeen: () => this.read(file).slice(-3000),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.crash()
    rmSync(this.#dir, { recursive: true, force: true })
  }
}

/** It runs when it says so, and also when a unit of it has failed. */
const isUp = (error: unknown) => /degraded/.test(String((error as { stdout?: string }).stdout))
