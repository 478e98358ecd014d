import { AftershockError } from '../../chaos/core/errors.ts'
import { asList, asRecord, tagsOf, type PlannedResource } from './assembly.ts'

/** A template as CloudFormation keeps it, or as the assembly has it: resources by their logical ids. */
export type TemplateResources = ReadonlyMap<string, Pick<PlannedResource, 'type' | 'properties'>>

/** A machine that a deployment would replace in its slot, and why. */
export interface ReplacedSlot {
  readonly name: string
  readonly logicalId: string
  readonly because: string
}

const INSTANCE = 'AWS::EC2::Instance'
/** What an instance is made of: another of them is another instance. */
const PARTS = ['AWS::EC2::LaunchTemplate', 'AWS::EC2::NetworkInterface']

/**
 * Properties that CloudFormation changes without another resource, by the kind of the resource; a change of any other is
 * taken for a replacement. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-instance.html
 * and aws-resource-ec2-networkinterface.html
 */
const IN_PLACE: Readonly<Record<string, readonly string[]>> = {
  [INSTANCE]: [
    'CreditSpecification',
    'DisableApiTermination',
    'EbsOptimized',
    'IamInstanceProfile',
    'InstanceInitiatedShutdownBehavior',
    'InstanceType',
    'MetadataOptions',
    'Monitoring',
    'SourceDestCheck',
    'Tags',
  ],
  'AWS::EC2::NetworkInterface': ['Description', 'GroupSet', 'SourceDestCheck', 'Tags'],
}

/**
 * CloudFormation creates another instance before it removes the old one, and the old one has the slot's address and
 * disk: the update would fail and roll back. A new version of a launch template is such a replacement too.
 */
export function replacedSlots(
  deployed: TemplateResources,
  planned: TemplateResources,
): readonly ReplacedSlot[] {
  return [...planned].flatMap(([logicalId, resource]) => {
    const before = deployed.get(logicalId)
    if (resource.type !== INSTANCE || before?.type !== INSTANCE) return []
    const because = whyReplaced(logicalId, deployed, planned)
    return because === null ? [] : [{ name: nameOf(resource) ?? logicalId, logicalId, because }]
  })
}

function whyReplaced(
  logicalId: string,
  deployed: TemplateResources,
  planned: TemplateResources,
): string | null {
  const before = deployed.get(logicalId)
  const after = planned.get(logicalId)
  if (!before || !after) return `${logicalId} is another one`
  if (before.type !== after.type) return `${logicalId} is of another kind`
  const changed = [...new Set([...Object.keys(before.properties), ...Object.keys(after.properties)])].filter(
    key =>
      !isInPlace(after.type, key) && canonical(before.properties[key]) !== canonical(after.properties[key]),
  )
  if (changed.length > 0) return `${changed.join(', ')} of ${logicalId} would change`
  // What it is made of has another id when that is replaced, and a launch template another version when it changes.
  const parts = Object.entries(after.properties).filter(([key]) => !isInPlace(after.type, key))
  for (const part of parts.flatMap(([, value]) => namesIn(value))) {
    if (!PARTS.includes(planned.get(part)?.type ?? '')) continue
    const because = whyReplaced(part, deployed, planned)
    if (because !== null) return because
  }
  return null
}

const isInPlace = (type: string, key: string) => (IN_PLACE[type] ?? []).includes(key)

/** Logical ids that a value refers to. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn)
  const record = asRecord(value)
  const own = [record.Ref, asList(record['Fn::GetAtt'])[0]].filter(name => typeof name === 'string')
  return [...own, ...Object.values(record).flatMap(namesIn)]
}

/** The same text for the same value, in whichever order its keys are. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? ''
  )
}

function nameOf(resource: Pick<PlannedResource, 'type' | 'properties'>): string | undefined {
  return tagsOf({ ...resource, stack: '', logicalId: '', remains: 'nothing' }).Name
}

/** @throws AftershockError `refused` naming each slot, why, and the two deployments that do it. */
export function refuseReplacedSlots(replaced: readonly ReplacedSlot[], command: string): void {
  if (replaced.length === 0) return
  const names = replaced.map(({ name }) => name).join(',')
  throw new AftershockError(
    'refused',
    [
      'nothing was changed: CloudFormation would replace machines in their slots, whose disks and addresses the old ones still have',
      ...replaced.map(({ name, because }) => `  ${name}: ${because}`),
    ].join('\n'),
    {
      hint: `In two steps, which keep the disks; the nodes that are named are away meanwhile:\n  ${command} --absent ${names}\n  ${command}`,
    },
  )
}
