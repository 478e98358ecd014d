import { resolve } from 'node:path'
import type { Command } from 'commander'
import { generateKey } from '../seal/keys.ts'
import type { Io } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('keygen')
    .description('make an Ed25519 key to sign evidence with, and its public half to verify with')
    .option(
      '--out <file>',
      'the private key (PKCS#8, PEM); the public one goes to FILE.pub',
      'aftershock.key',
    )
    .option('--json', 'one JSON document')
    .action((options: { out: string; json?: true }) => {
      const path = resolve(io.cwd, options.out)
      const { keyid, publicPath } = generateKey(path)
      if (options.json) {
        io.stdout.write(`${JSON.stringify({ keyid, private: path, public: publicPath })}\n`)
        return
      }
      io.stdout.write(
        `key id   ${keyid}\nprivate  ${path}  (keep it secret: it signs in your name)\n` +
          `public   ${publicPath}  (give it away: others verify with it)\n`,
      )
    })
}
