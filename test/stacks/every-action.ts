import { App, Duration, Stack } from 'aws-cdk-lib'
import { Role } from 'aws-cdk-lib/aws-iam'
import type { ActionDefinition } from '../../lib/fis/action-definition.ts'
import {
  Action,
  type ActionId,
  CATALOGUE,
  Experiment,
  Selection,
  StopCondition,
  Target,
} from '../../lib/fis/index.ts'
import { type ResourceType, rulesOf } from '../../lib/fis/resource-type.ts'

export const ACTION_IDS = Object.keys(CATALOGUE) as ActionId[]

/** A stack with an experiment for each action of the catalogue. */
export function everyActionOfFis(): Stack {
  const stack = new Stack(new App(), 'EveryAction', {
    env: { region: 'eu-west-1', account: '123456789012' },
  })
  const role = Role.fromRoleArn(stack, 'Given', 'arn:aws:iam::123456789012:role/fis')
  for (const id of ACTION_IDS) {
    const action = anyAction(id)
    new Experiment(stack, action.name, {
      description: id,
      actions: [action],
      stopConditions: [StopCondition.none()],
      ...(action.permissions === null && { role }),
    })
  }
  return stack
}

/** An action of any kind with good values for everything that it can be given. */
export function anyAction(id: ActionId): Action {
  const { parameters, target } = CATALOGUE[id] as ActionDefinition
  const values = Object.entries(parameters).map(([name, parameter]) => [
    name,
    goodValue(name, parameter.expects, value => parameter.accepts(value as never)),
  ])
  const given = Object.fromEntries(values) as Record<string, unknown>
  if ('scope' in given) delete given.prefixListIdentifier
  return Action.of(id, {
    name: id.replaceAll(':', '-'),
    parameters: given,
    ...(target && { target: anyTarget(target.type) }),
  } as never)
}

export function anyTarget(type: ResourceType): Target {
  const { by, requiredParameters = [] } = rulesOf(type)
  const name = type.replaceAll(':', '-')
  if (by === 'parameters')
    return Target.pods(name, {
      clusterIdentifier: 'arn:aws:eks:eu-west-1:123456789012:cluster/one',
      namespace: 'default',
      selectorType: 'labelSelector',
      selectorValue: 'app=one',
    })
  if (by === 'arns') return Target.byArns({ name, type, arns: [`arn:aws:x:eu-west-1:123456789012:${name}`] })
  const zone = type === 'aws:ec2:ebs-volume' ? ['availabilityZoneIdentifier'] : []
  return Target.byTags({
    name,
    type,
    tags: { 'chaos-ready': 'true' },
    parameters: Object.fromEntries([...requiredParameters, ...zone].map(key => [key, 'eu-west-1a'])),
    selection: Selection.count(1),
  })
}

function goodValue(name: string, expects: string, accepts: (value: unknown) => boolean): unknown {
  const [, choices = ''] = / of ([A-Za-z].*)$/.exec(expects) ?? []
  const [first = ''] = choices.split(', ')
  const [value] = [
    ['a duration', Duration.minutes(10)] as const,
    ['a number', 10] as const,
    ['a whole number', 10] as const,
    ['a list', [first || 'x']] as const,
    ['one of', first] as const,
    ['true', true] as const,
    ['a text', 'x'] as const,
    ['an ARN', 'arn:aws:ssm:eu-west-1::document/One'] as const,
    ['a map', {}] as const,
  ].flatMap(([begins, candidate]) => (expects.startsWith(begins) ? [candidate] : []))
  if (value !== undefined && accepts(value)) return value
  throw new Error(`no good value for ${name}: expected ${expects}`)
}
