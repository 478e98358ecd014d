import { Stack } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import type { Action } from './action.ts'
import type { Conditions, Permission } from './action-definition.ts'
import { arnIn } from './experiment-output.ts'
import { rulesOf } from './resource-type.ts'

/**
 * What the actions need and nothing else: what they change is bound to the targets, by their ARNs or by their type and
 * tags. AWS's own policies for FIS reach every resource of the account.
 */
export function statementsFor(scope: Construct, actions: readonly Action[]): PolicyStatement[] {
  const stack = Stack.of(scope)
  const made = actions.flatMap(action =>
    (action.permissions ?? []).flatMap(permission => statementOf(stack, action, permission)),
  )
  return withoutRepetition(stack, made)
}

/** Only FIS takes it, and only for experiments of this account. */
export function experimentRole(scope: Construct, id: string, statements: readonly PolicyStatement[]): Role {
  const stack = Stack.of(scope)
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('fis.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: {
          'aws:SourceArn': `arn:${stack.partition}:fis:${stack.region}:${stack.account}:experiment/*`,
        },
      },
    }),
  })
  for (const one of statements) role.addToPolicy(one)
  return role
}

function statementOf(stack: Stack, action: Action, permission: Permission): PolicyStatement[] {
  const actions = [...permission.actions]
  switch (permission.on) {
    case 'any':
      return [statement(actions, ['*'], permission.conditions)]
    case 'resources':
      return [
        statement(
          actions,
          permission.resources.map(name => {
            const colon = name.indexOf(':')
            return arnIn(stack, {
              service: name.slice(0, colon),
              resource: name.slice(colon + 1),
              isOfOneRegion: true,
            })
          }),
          permission.conditions,
        ),
      ]
    case 'parameter': {
      const named = action.parameter(permission.parameter)
      return named === undefined ? [] : [statement(actions, [named])]
    }
    case 'targets':
      return onTarget(stack, action, actions, permission.conditions)
  }
}

function onTarget(
  stack: Stack,
  { target }: Action,
  actions: string[],
  conditions: Conditions = {},
): PolicyStatement[] {
  if (!target) return []
  if (target.arns.length > 0) return [statement(actions, [...target.arns], conditions)]
  const { arn } = rulesOf(target.type)
  if (!arn || !target.tags) return []
  const tagged = Object.fromEntries(
    Object.entries(target.tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
  )
  return [
    statement(actions, [arnIn(stack, arn)], {
      ...conditions,
      StringEquals: { ...conditions.StringEquals, ...tagged },
    }),
  ]
}

function statement(actions: string[], resources: string[], conditions: Conditions = {}): PolicyStatement {
  return new PolicyStatement({ actions, resources, conditions: { ...conditions } })
}

function withoutRepetition(stack: Stack, statements: readonly PolicyStatement[]): PolicyStatement[] {
  const seen = new Map<string, PolicyStatement>()
  for (const one of statements) {
    const text = JSON.stringify(stack.resolve(one.toStatementJson()))
    if (!seen.has(text)) seen.set(text, one)
  }
  return [...seen.values()]
}
