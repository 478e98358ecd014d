import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Annotations, Stack, Stage } from 'aws-cdk-lib'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import type { Construct } from 'constructs'
import { AftershockError } from '../../chaos/core/errors.ts'
import { packageRoot } from '../../chaos/package-root.ts'
import type { DistributionConfig } from '../environment-schema.ts'
import { bootstrapScript } from './bootstrap-script.ts'

/** A file in the asset bucket of the deployment, where nodes fetch it through the S3 gateway endpoint. */
export interface StagedFile {
  /** `s3://bucket/key` */
  readonly uri: string
  readonly arn: string
  /** Null where the content is not known before the deployment; its key still names its sources. */
  readonly sha256: string | null
}

const root = packageRoot()
const asset = (...segments: readonly string[]) => join(root, 'lib', 'assets', ...segments)

/**
 * A distribution that the deploying machine brings: `cdk deploy` runs the stager, which checks it, and uploads
 * what the stager prints. Synthesis needs neither the file nor a network.
 */
export function stageDistribution(scope: Construct, distribution: DistributionConfig): StagedFile {
  const { source, sha256 } = placeOf(distribution)
  if (sha256 === 'unset') {
    Annotations.of(scope).addWarningV2(
      'aftershock:checksum-unset',
      `${source} has no checksum: deploying stops there and prints the one that it has`,
    )
  }
  return stageExecutable(
    scope,
    [process.execPath, asset('stage-distribution.mjs'), source, sha256],
    sha256 === 'unset' ? digest(source) : sha256,
    sha256,
  )
}

/** Where somebody had it in hand and wrote down what it is; else its first source, where deploying stops. */
function placeOf({ source, sha256, mirrors = [] }: DistributionConfig): Omit<DistributionConfig, 'mirrors'> {
  const places = [{ source, sha256 }, ...mirrors]
  return places.find(place => place.sha256 !== 'unset') ?? { source, sha256 }
}

/** This program as one file with the contract in it, bundled when it is synthesized: its digest is in the settings. */
export const stageProgram = (scope: Construct): StagedFile => stageBundled(scope, 'stage-program.mjs')

/** The same, whole and laid out as the package is, as an archive: for a machine that carries out drills. */
export const stageRunner = (scope: Construct): StagedFile => stageBundled(scope, 'stage-runner.mjs')

function stageBundled(scope: Construct, script: Parameters<typeof bundledProgram>[0]): StagedFile {
  const path = bundledProgram(script)
  const file = new Asset(scope, 'Program', { path })
  return {
    uri: file.s3ObjectUrl,
    arn: objectArn(scope, file.s3BucketName, file.s3ObjectKey),
    sha256: digest(readFileSync(path)),
  }
}

const bundled = new Map<string, string>()

/** Once for each process that synthesizes: it takes a second. */
export function bundledProgram(name: 'stage-program.mjs' | 'stage-runner.mjs' | 'stage-audit.mjs'): string {
  const known = bundled.get(name)
  if (known !== undefined && existsSync(known)) return known
  const stager = asset(name)
  const { status, stdout, stderr } = spawnSync(process.execPath, [stager], { cwd: root, encoding: 'utf8' })
  if (status !== 0)
    throw new AftershockError('internal', `the program cannot be bundled: ${stderr.trim()}`, {
      hint: `node ${stager} says the same; npm ci installs the bundler`,
    })
  const path = stdout.trim()
  bundled.set(name, path)
  return path
}

/** The script that turns a bare machine into a node; see lib/assets/README.md. */
export function stageBootstrap(scope: Construct): StagedFile {
  const script = bootstrapScript()
  const folder = Stage.of(scope)?.assetOutdir ?? ''
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `bootstrap-${digest(script).slice(0, 8)}.sh`)
  writeFileSync(path, script)
  const file = new Asset(scope, 'Bootstrap', { path })
  return {
    uri: file.s3ObjectUrl,
    arn: objectArn(scope, file.s3BucketName, file.s3ObjectKey),
    sha256: digest(script),
  }
}

function stageExecutable(
  scope: Construct,
  executable: string[],
  sourceHash: string,
  sha256: string | null,
): StagedFile {
  const { bucketName, objectKey } = Stack.of(scope).synthesizer.addFileAsset({ executable, sourceHash })
  return { uri: `s3://${bucketName}/${objectKey}`, arn: objectArn(scope, bucketName, objectKey), sha256 }
}

function objectArn(scope: Construct, bucket: string, key: string): string {
  return `arn:${Stack.of(scope).partition}:s3:::${bucket}/${key}`
}

function digest(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
