import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** One resource of a template. Values that CloudFormation fills in are left as they are written there. */
export interface PlannedResource {
  readonly stack: string
  readonly logicalId: string
  readonly type: string
  readonly properties: Readonly<Record<string, unknown>>
  /** What of it outlives its stack. */
  readonly remains: Remains
}

export type Remains = 'nothing' | 'itself' | 'a snapshot'

export interface PlannedStack {
  readonly name: string
  /** Null when it goes wherever the credentials point to. */
  readonly region: string | null
  readonly resources: readonly PlannedResource[]
  /** What the stack has to say to those who deploy it. @default nothing */
  readonly notes?: readonly string[]
}

const manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      environment: z.string().optional(),
      properties: z
        .object({ templateFile: z.string().optional(), stackName: z.string().optional() })
        .optional(),
      additionalMetadataFile: z.string().optional(),
    }),
  ),
})

const template = z.object({
  Resources: z
    .record(
      z.string(),
      z.object({
        Type: z.string(),
        Properties: z.record(z.string(), z.unknown()).default({}),
        DeletionPolicy: z.string().optional(),
      }),
    )
    .default({}),
})

/** Beside each template: what constructs had to say, by their paths. */
const metadata = z.record(z.string(), z.array(z.object({ type: z.string(), data: z.unknown() })))

/** Only notes for the CDK itself; it costs nothing and creates nothing. */
const METADATA = 'AWS::CDK::Metadata'
/** Ends with its instance, whatever the template says: there is nothing that could stay. */
const ATTACHMENT = 'AWS::EC2::VolumeAttachment'

/** The stacks of a synthesized assembly, in the order of its manifest, with every resource that they create. */
export function readAssembly(folder: string): readonly PlannedStack[] {
  const { artifacts } = manifest.parse(readJson(join(folder, 'manifest.json')))
  return Object.entries(artifacts)
    .filter(([, artifact]) => artifact.type === 'aws:cloudformation:stack')
    .map(([id, { environment = '', properties, additionalMetadataFile }]) => {
      const name = properties?.stackName ?? id
      const { Resources } = template.parse(
        readJson(join(folder, properties?.templateFile ?? `${id}.template.json`)),
      )
      const resources = Object.entries(Resources)
        .filter(([, resource]) => resource.Type !== METADATA)
        .map(([logicalId, resource]) => ({
          stack: name,
          logicalId,
          type: resource.Type,
          properties: resource.Properties,
          remains: remainsOf(resource.Type, resource.DeletionPolicy, resource.Properties),
        }))
      const notes = additionalMetadataFile === undefined ? [] : notesIn(join(folder, additionalMetadataFile))
      return { name, region: regionOf(environment), resources, notes }
    })
}

function notesIn(file: string): string[] {
  return Object.values(metadata.parse(readJson(file)))
    .flat()
    .filter(({ type }) => type === 'aws:cdk:info')
    .map(({ data }) => String(data).replace(/ \[ack: [^\]]+\]$/, ''))
}

/** Without a policy, CloudFormation takes a snapshot of a database: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html */
function remainsOf(
  type: string,
  policy: string | undefined,
  properties: Readonly<Record<string, unknown>>,
): Remains {
  if (type === ATTACHMENT) return 'nothing'
  const isDatabase =
    type === 'AWS::RDS::DBCluster' ||
    (type === 'AWS::RDS::DBInstance' && properties.DBClusterIdentifier === undefined)
  const effective = policy ?? (isDatabase ? 'Snapshot' : 'Delete')
  if (effective.startsWith('Retain')) return 'itself'
  return effective === 'Snapshot' ? 'a snapshot' : 'nothing'
}

/** Stacks are named after their environment; one that is not is shared by all. */
export function belongsTo(environment: string, stack: string): boolean {
  const [, owner] = /^Aftershock-(.+)-[A-Za-z]+$/.exec(stack) ?? []
  return owner === environment
}

/** `aws://unknown-account/eu-west-1` */
function regionOf(environment: string): string | null {
  const region = environment.split('/').at(-1) ?? ''
  return region === '' || region.startsWith('unknown') ? null : region
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** The tags of a resource, whichever of CloudFormation's spellings its type uses. */
export function tagsOf({ properties }: PlannedResource): Readonly<Record<string, string>> {
  const specifications = properties.TagSpecifications ?? properties.HostedZoneTags
  const list = [...asList(properties.Tags), ...asList(properties.HostedZoneTags), ...asList(specifications)]
  const pairs = list.flatMap(entry => {
    const { Key, Value } = asRecord(entry)
    return typeof Key === 'string' && typeof Value === 'string' ? [[Key, Value] as const] : []
  })
  const map = Object.entries(asRecord(properties.Tags)).filter(([, value]) => typeof value === 'string')
  return Object.fromEntries([...pairs, ...(map as [string, string][])])
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {}
}
