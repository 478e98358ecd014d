import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../chaos/package-root.ts'
import { sha256 } from './moto-node.ts'

/** All that `npm run deploy` reads. */
const PARTS = [
  'bin',
  'lib',
  'chaos',
  'contracts',
  'cdk.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  // As it was built before the tests; else the first start builds it.
  'dist',
]

/** A checkout whose environments a test may change. */
export interface Checkout {
  readonly root: string
  /** What every distribution of it is: one small file, which is on this machine. */
  readonly sha256: string
  /** Writes a file of `lib/environments` again, changed; `undo` has it as it was. */
  change(environment: string, by: (text: string) => string): { undo(): void }
}

/**
 * Makes one in `folder`. Distributions come from Maven and from releases; what is uploaded is not what such a test is
 * about, so a file stands for each. No environment in it expires.
 */
export function copyCheckout(folder: string): Checkout {
  const root = join(folder, 'checkout')
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  for (const part of PARTS.filter(name => existsSync(join(packageRoot(), name))))
    cpSync(join(packageRoot(), part), join(root, part), { recursive: true })
  // Entry by entry: whoever clears the folder, as npm does, clears no more than the links.
  const packages = join(packageRoot(), 'node_modules')
  for (const name of readdirSync(packages))
    symlinkSync(join(packages, name), join(root, 'node_modules', name))
  const file = join(folder, 'distribution')
  writeFileSync(file, 'stands for a distribution')
  const digest = sha256(file)
  const environments = join(root, 'lib', 'environments')
  for (const name of readdirSync(environments, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('.yaml'))
      rewrite(join(environments, name), text =>
        text
          .replaceAll(/source: .*/g, `source: file:${file}`)
          .replaceAll(/sha256: .*/g, `sha256: ${digest}`)
          .replaceAll(/expires: .*/g, "expires: '2999-12-31'"),
      )
  return {
    root,
    sha256: digest,
    change(environment, by) {
      const path = join(environments, `${environment}.yaml`)
      const before = readFileSync(path, 'utf8')
      rewrite(path, by)
      return { undo: () => writeFileSync(path, before) }
    },
  }
}

function rewrite(path: string, by: (text: string) => string): void {
  writeFileSync(path, by(readFileSync(path, 'utf8')))
}
