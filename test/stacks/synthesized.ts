import { rootCertificates } from 'node:tls'
import { App, type Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import type { EnvironmentConfig } from '../../lib/environment-schema.ts'
import { loadEnvironment } from '../../lib/environment.ts'
import {
  type EnvironmentStacks,
  environmentStacks,
  type EnvironmentStacksOptions,
} from '../../lib/environment-stacks.ts'
import { cdkContext } from './snapshot.ts'

export const ENVIRONMENTS = ['automq', 'automq-router', 'kafka', 'kafka-tiered', 'lab'] as const
export type EnvironmentName = (typeof ENVIRONMENTS)[number]

/** Of a fleet on Fargate. */
export const FLEET_IMAGE = `123456789012.dkr.ecr.eu-west-1.amazonaws.com/fleet@sha256:${'0123456789abcdef'.repeat(4)}`

/** With what an environment has clients log in. The authority is any that signs others. */
export const LOGINS = {
  security: 'sasl-scram',
  tls: { secret: 'mine/tls', authority: rootCertificates[0] ?? '' },
} as const

export interface Synthesized extends EnvironmentStacks {
  readonly app: App
  readonly config: EnvironmentConfig
  readonly stacks: readonly Stack[]
}

const kept = new Map<string, Synthesized>()

/** The stacks of a shipped environment, made once for all tests. */
export function shipped(name: EnvironmentName): Synthesized {
  const made = kept.get(name) ?? changed(name, {})
  kept.set(name, made)
  return made
}

/** The same with other values. */
export function changed(
  name: EnvironmentName,
  change: Partial<EnvironmentConfig>,
  options: EnvironmentStacksOptions = {},
  context: Readonly<Record<string, unknown>> = {},
): Synthesized {
  const app = new App({ context: { ...cdkContext(), ...context } })
  const config = { ...loadEnvironment(name), ...change }
  const made = environmentStacks(app, config, options)
  const { evidence, expiry, network, cluster, connect, simulator, observability, chaos, gameDays, audit } =
    made
  const always = [evidence, expiry, network, cluster, ...(connect ? [connect] : []), simulator, observability]
  const stacks = [
    ...always,
    ...(chaos ? [chaos] : []),
    ...(gameDays ? [gameDays] : []),
    ...(audit ? [audit] : []),
  ]
  return { ...made, app, config, stacks }
}

export function templateOf(stack: Stack | null): Template {
  if (!stack) throw new Error('the environment has no such stack')
  return Template.fromStack(stack)
}

export interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  readonly DependsOn?: readonly string[]
}

export function resourcesOf(stack: Stack | null, type?: string): Readonly<Record<string, Resource>> {
  const { Resources = {} } = templateOf(stack).toJSON() as {
    Resources?: Record<string, Omit<Resource, 'Properties'>>
  }
  const wanted = Object.entries(Resources).filter(([, { Type }]) => !type || Type === type)
  // A template leaves out properties where there are none.
  return Object.fromEntries(wanted.map(([id, resource]) => [id, { Properties: {}, ...resource }]))
}

/** All that a resource waits for, also through others: CloudFormation deletes each of them after it. */
export function prerequisites(stack: Stack, id: string): ReadonlySet<string> {
  const resources = resourcesOf(stack)
  const found = new Set<string>()
  const visit = (from: string) => {
    const { Properties, DependsOn = [] } = resources[from] as Resource
    const named = [...JSON.stringify(Properties).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([^"]+)"/g)]
    const texts = [...JSON.stringify(Properties).matchAll(/\$\{([A-Za-z0-9]+)[.}]/g)]
    for (const next of [...DependsOn, ...[...named, ...texts].map(([, name = '']) => name)])
      if (next in resources && !found.has(next)) {
        found.add(next)
        visit(next)
      }
  }
  visit(id)
  return found
}

export interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource: unknown
}

/** Every statement of every policy that the stack makes. */
export function statementsOf(stack: Stack | null): readonly Statement[] {
  return Object.values(resourcesOf(stack, 'AWS::IAM::Policy')).flatMap(
    ({ Properties }) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement,
  )
}

/** The text of a parameter, with what only CloudFormation knows as `<Name>`. */
export function parameterText(stack: Stack, name: string): string {
  const found = Object.values(resourcesOf(stack, 'AWS::SSM::Parameter')).find(
    ({ Properties }) => Properties.Name === name,
  )
  if (!found) throw new Error(`no parameter ${name}`)
  return flat(found.Properties.Value)
}

export function flat(value: unknown): string {
  if (typeof value === 'string') return value
  const [[name, inner] = ['', '']] = Object.entries(value as object)
  if (name === 'Fn::Join') return (inner as [string, unknown[]])[1].map(flat).join('')
  return name === 'Fn::Sub' ? String(inner) : `<${Array.isArray(inner) ? inner.join('.') : String(inner)}>`
}
