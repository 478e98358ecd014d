import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AftershockError } from '../../chaos/core/errors.ts'
import { NODE_COMMON_NAME } from '../../chaos/platforms/security.ts'
import { authorityParameter, certificateSecret } from '../certificate-names.ts'
import type { EnvironmentConfig } from '../environment-schema.ts'
import type { PlannedStack } from './assembly.ts'
import { newAuthority, newNode, type Validity } from './x509.ts'

/** Runs the AWS CLI; `input` is the JSON of a call, which no process list shows. */
export type AwsCall = (args: readonly string[], input?: string) => Promise<AwsAnswer>

export interface AwsAnswer {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface CertificateOptions {
  readonly aws: AwsCall
  readonly err: (text: string) => void
  /** `2027-06-30` */
  readonly today: string
}

const DAY_MS = 86_400_000
const VALID_DAYS = 365
/** With less left, they are made anew: no environment is deployed that would soon stop talking. */
const LEAST_DAYS = 30

/**
 * Certificates of a cluster whose environment brings none: an authority, a key and certificate for each node in a secret of
 * its own, and what clients trust in a parameter. The key of the authority is in memory here and nowhere else, so that
 * nobody makes a further node; whoever adds one makes all of them anew. The parameter comes last: without it, all is made
 * again.
 *
 * @throws AftershockError `unavailable` when AWS does not take them
 */
export async function ensureCertificates(
  config: EnvironmentConfig,
  stacks: readonly PlannedStack[],
  options: CertificateOptions,
): Promise<void> {
  const nodes = nodesWithCertificates(config, stacks)
  if (nodes.length === 0) return
  const { err } = options
  const todayMs = Date.parse(`${options.today}T00:00:00Z`)
  const until = await validUntil(config, nodes, options)
  if (until !== null && until.getTime() - todayMs > LEAST_DAYS * DAY_MS) {
    err(`certificates of ${nodes.length} nodes: as they are, until ${day(until)}\n`)
    return
  }
  // From the day before: clocks of machines are not all alike.
  const validity = {
    notBefore: new Date(todayMs - DAY_MS),
    notAfter: new Date(todayMs + VALID_DAYS * DAY_MS),
  }
  await make(config, nodes, validity, options)
  err(`certificates of ${nodes.length} nodes: made, until ${day(validity.notAfter)}\n`)
  if (until !== null)
    err(
      'nodes and clients that run have those before: run the bootstrap again on all of them, and start them again\n',
    )
}

/** Secrets and the parameter go with the environment; what is not there is gone. */
export async function removeCertificates(
  config: EnvironmentConfig,
  stacks: readonly PlannedStack[],
  { aws }: Pick<CertificateOptions, 'aws'>,
): Promise<void> {
  const nodes = nodesWithCertificates(config, stacks)
  if (nodes.length === 0) return
  for (const node of nodes)
    await call(aws, ['secretsmanager', 'delete-secret', '--force-delete-without-recovery'], config, [
      '--secret-id',
      certificateSecret(config, node),
    ])
  await call(aws, ['ssm', 'delete-parameter'], config, ['--name', authorityParameter(config)])
}

/** Those that the templates tell where their certificate is; none where nobody logs in, or the file brings its own. */
function nodesWithCertificates(config: EnvironmentConfig, stacks: readonly PlannedStack[]): string[] {
  if (config.security !== 'sasl-scram' || config.tls) return []
  const prefix = certificateSecret(config, '')
  const told = stacks
    .flatMap(({ resources }) => resources)
    .filter(({ type }) => type === 'AWS::SSM::Parameter')
    .flatMap(({ properties }) => [...JSON.stringify(properties).matchAll(/TLS_SECRET='([^']+)'/g)])
  return told.flatMap(([, name = '']) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []))
}

async function make(
  config: EnvironmentConfig,
  nodes: readonly string[],
  validity: Validity,
  { aws }: CertificateOptions,
): Promise<void> {
  const { environment } = config
  const authority = newAuthority(`aftershock ${environment}`, validity)
  for (const node of nodes) {
    const names = [NODE_COMMON_NAME, `${node}.${environment}.aftershock.internal`]
    const pem = newNode(authority, NODE_COMMON_NAME, names, validity)
    const text = JSON.stringify({ 'node.pem': pem, 'authority.pem': authority.pem })
    const name = certificateSecret(config, node)
    const tags = Object.entries({ project: 'aftershock', environment }).map(([Key, Value]) => ({
      Key,
      Value,
    }))
    const isNew = await call(aws, ['secretsmanager', 'create-secret'], config, [], {
      Name: name,
      Description: `Key and certificate of ${node}`,
      SecretString: text,
      Tags: tags,
    })
    if (isNew === null)
      await call(aws, ['secretsmanager', 'put-secret-value'], config, [], {
        SecretId: name,
        SecretString: text,
      })
  }
  await call(aws, ['ssm', 'put-parameter'], config, [], {
    Name: authorityParameter(config),
    Description: 'What clients of the cluster trust',
    Type: 'String',
    Value: authority.pem,
    Overwrite: true,
  })
}

/** Null when any of them is missing. */
async function validUntil(
  config: EnvironmentConfig,
  nodes: readonly string[],
  { aws }: CertificateOptions,
): Promise<Date | null> {
  const found = await call(aws, ['ssm', 'get-parameter'], config, ['--name', authorityParameter(config)])
  if (found === null) return null
  for (const node of nodes) {
    const id = ['--secret-id', certificateSecret(config, node)]
    if ((await call(aws, ['secretsmanager', 'describe-secret'], config, id)) === null) return null
  }
  const { Parameter } = JSON.parse(found) as { Parameter: { Value: string } }
  return new Date(new X509Certificate(Parameter.Value).validTo)
}

/** Of what is not there, or is there already: an answer, and no failure. */
const EXPECTED = /\((ParameterNotFound|ResourceNotFoundException|ResourceExistsException)\)/

/** @returns what it printed, or null where that is not there, or is there already. */
async function call(
  aws: AwsCall,
  command: readonly string[],
  { region }: EnvironmentConfig,
  args: readonly string[],
  input?: object,
): Promise<string | null> {
  const all = [...command, '--region', region, '--output', 'json', ...args]
  const answer = await aws(all, input === undefined ? undefined : JSON.stringify(input))
  if (answer.status === 0) return answer.stdout
  if (EXPECTED.test(answer.stderr)) return null
  throw new AftershockError('unavailable', `aws ${command.slice(0, 2).join(' ')}: ${answer.stderr.trim()}`, {
    hint: 'Deploying makes certificates of the nodes; bring your own with `tls` in the environment file (docs/logins.md).',
  })
}

const CALL_MS = 60_000

/**
 * `input` is a file that only this user reads, for as long as the call lasts: the CLI reads what it is given more than once,
 * which a pipe does not bear, and a command line is for everybody to read.
 */
export function awsCall(env: NodeJS.ProcessEnv): AwsCall {
  return async (args, input) => {
    const folder = mkdtempSync(join(tmpdir(), 'aftershock-aws-'))
    try {
      const file = join(folder, 'input.json')
      if (input !== undefined) writeFileSync(file, input, { mode: 0o600 })
      const given = input === undefined ? [] : ['--cli-input-json', `file://${file}`]
      return await ran([...args, ...given], { ...env, AWS_PAGER: '' })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

function ran(args: readonly string[], env: NodeJS.ProcessEnv): Promise<AwsAnswer> {
  return new Promise((resolve, reject) => {
    execFile('aws', [...args], { env, timeout: CALL_MS }, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') reject(noCli(error))
      else {
        const status = typeof error?.code === 'number' ? error.code : error ? 1 : 0
        resolve({ status, stdout, stderr: stderr || (error?.message ?? '') })
      }
    })
  })
}

function noCli(cause: unknown): AftershockError {
  return new AftershockError('unavailable', 'the AWS CLI is not installed: there is no `aws` on the PATH', {
    source: 'user',
    hint: 'It puts the certificates of nodes where they find them. Version 2 is on https://aws.amazon.com/cli.',
    cause,
  })
}

const day = (date: Date) => date.toISOString().slice(0, 10)
