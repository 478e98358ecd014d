import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'

export interface Certificates {
  /** Key and certificate of all nodes in one file, as docs/aws.md asks for it. */
  readonly node: string
  readonly authority: string
}

/** An authority of its own, and a certificate for nodes that are reached under these addresses and names. */
export function certificates(folder: string, hosts: readonly string[]): Certificates {
  mkdirSync(folder, { recursive: true })
  const ca = ['-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=authority', '-days', '2']
  openssl(folder, 'req', '-x509', ...NEW_KEY, ...ca)
  const names = hosts.map(host => `${isIP(host) ? 'IP' : 'DNS'}:${host}`)
  writeFileSync(join(folder, 'names'), `subjectAltName=${names.join(',')}\n`)
  return { node: renewed(folder), authority: readFileSync(join(folder, 'ca.pem'), 'utf8') }
}

/** One more key and certificate by the authority of `certificates`, for the same names. */
export function renewed(folder: string): string {
  openssl(
    folder,
    'req',
    ...NEW_KEY,
    '-keyout',
    'node.key',
    '-out',
    'node.csr',
    '-subj',
    '/CN=aftershock-node',
  )
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names']
  openssl(folder, 'x509', '-req', '-in', 'node.csr', '-out', 'node.crt', ...by)
  return ['node.key', 'node.crt'].map(name => readFileSync(join(folder, name), 'utf8')).join('')
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

function openssl(folder: string, ...args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
}
