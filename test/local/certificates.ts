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
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const ca = ['-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=authority', '-days', '2']
  openssl('req', '-x509', ...newKey, ...ca)
  openssl('req', ...newKey, '-keyout', 'node.key', '-out', 'node.csr', '-subj', '/CN=aftershock-node')
  const names = hosts.map(host => `${isIP(host) ? 'IP' : 'DNS'}:${host}`)
  writeFileSync(join(folder, 'names'), `subjectAltName=${names.join(',')}\n`)
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names']
  openssl('x509', '-req', '-in', 'node.csr', '-out', 'node.crt', ...by)
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  return { node: `${read('node.key')}${read('node.crt')}`, authority: read('ca.pem') }
}
