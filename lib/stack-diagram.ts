import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** Reads a synthesized assembly and draws its stacks, what is in them and what needs what, as Mermaid. */

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      dependencies: z.array(z.string()).default([]),
      properties: z.object({ templateFile: z.string() }).partial().optional(),
    }),
  ),
})

const templateSchema = z.object({ Resources: z.record(z.string(), z.object({ Type: z.string() })) })

/** Kinds that a reader looks for, in their words; plumbing is left out. */
const SHOWN: Readonly<Record<string, readonly [string, string]>> = {
  'AWS::EC2::VPC': ['network', 'networks'],
  'AWS::EC2::Subnet': ['subnet', 'subnets'],
  'AWS::EC2::NatGateway': ['NAT gateway', 'NAT gateways'],
  'AWS::EC2::VPCEndpoint': ['endpoint', 'endpoints'],
  'AWS::EC2::SecurityGroup': ['security group', 'security groups'],
  'AWS::Route53::HostedZone': ['private DNS zone', 'private DNS zones'],
  'AWS::EC2::Instance': ['instance in a fixed slot', 'instances in fixed slots'],
  'AWS::EC2::Volume': ['data volume', 'data volumes'],
  'AWS::AutoScaling::AutoScalingGroup': ['auto-scaling group', 'auto-scaling groups'],
  'AWS::ECS::Service': ['Fargate service', 'Fargate services'],
  'AWS::S3::Bucket': ['bucket', 'buckets'],
  'AWS::RDS::DBInstance': ['database', 'databases'],
  'AWS::SecretsManager::Secret': ['secret', 'secrets'],
  'AWS::CloudWatch::Alarm': ['alarm', 'alarms'],
  'AWS::CloudWatch::CompositeAlarm': ['stop alarm', 'stop alarms'],
  'AWS::CloudWatch::Dashboard': ['dashboard', 'dashboards'],
  'AWS::Scheduler::Schedule': ['schedule', 'schedules'],
}

export function stackDiagram(assembly: string): string {
  const { artifacts } = manifestSchema.parse(readJson(join(assembly, 'manifest.json')))
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack')
  const names = new Set(stacks.map(([name]) => name))
  const boxes = stacks.map(([name, { properties }]) => {
    const file = properties?.templateFile ?? `${name}.template.json`
    const { Resources } = templateSchema.parse(readJson(join(assembly, file)))
    return `  ${boxId(name)}["<b>${name}</b><br/>${contents(Object.values(Resources)).join('<br/>')}"]`
  })
  const arrows = stacks.flatMap(([name, { dependencies }]) =>
    dependencies
      .filter(other => names.has(other))
      .toSorted()
      .map(other => `  ${boxId(name)} --> ${boxId(other)}`),
  )
  return ['flowchart BT', ...boxes, ...arrows, ''].join('\n')
}

function contents(resources: readonly { readonly Type: string }[]): string[] {
  return Object.entries(SHOWN).flatMap(([type, [one, many]]) => {
    const count = resources.filter(({ Type }) => Type === type).length
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`]
  })
}

function boxId(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]/g, '')
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
