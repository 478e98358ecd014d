import { Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'

/** The id that cdk-nag gives to the finding that a policy names `arn`, which has a wildcard in it. */
export function wildcardFinding(scope: Construct, arn: string): string {
  return `AwsSolutions-IAM5[Resource::${flat(Stack.of(scope).resolve(arn))}]`
}

/** As cdk-nag writes a resolved value: references in angle brackets, imports by their name. */
function flat(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved
  if (typeof resolved !== 'object' || resolved === null) return String(resolved)
  const [[name, value] = ['', undefined]] = Object.entries(resolved)
  if (name === 'Fn::Join' && Array.isArray(value)) return (value[1] as unknown[]).map(flat).join('')
  if (name === 'Fn::GetAtt' && Array.isArray(value)) return `<${value.join('.')}>`
  return name === 'Ref' ? `<${String(value)}>` : String(value)
}
