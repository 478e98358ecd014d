import type { Clock } from '../../chaos/core/clock.ts'
import { AftershockError } from '../../chaos/core/errors.ts'
import { ANSWER_TIMEOUT_MS, ask, clientOptions, CREDENTIALS_HINT, hostOf } from './aws-question.ts'

/** Whose credentials these are. */
export interface Caller {
  readonly account: string
  readonly arn: string
}

export interface DeployedStack {
  readonly name: string
  /** CloudFormation's: `CREATE_COMPLETE`. */
  readonly status: string
}

/** What has to be known of an account before something is done in it. */
export interface AwsAccount {
  /** @throws AftershockError `unavailable` when there are no credentials, or AWS does not take them. */
  caller(region: string): Promise<Caller>
  /** All stacks that exist. */
  stacks(region: string): Promise<readonly DeployedStack[]>
  /** The template that a stack was deployed with, as text. */
  template(region: string, stack: string): Promise<string>
}

/** The account that the credentials of the environment belong to; they are found as the CDK finds its own. */
export function awsAccount(
  env: NodeJS.ProcessEnv,
  clock: Clock,
  timeoutMs: number = ANSWER_TIMEOUT_MS,
): AwsAccount {
  const asker = { env, clock, timeoutMs }
  return {
    async caller(region) {
      const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts')
      const client = new STSClient(clientOptions('sts', region, env))
      const host = hostOf('sts', region, env)
      const question = { client, host, asker, refusal: badCredentials }
      const { Account = '', Arn = '' } = await ask(question, (sts, abortSignal) =>
        sts.send(new GetCallerIdentityCommand(), { abortSignal }),
      )
      if (/^\d{12}$/.test(Account)) return { account: Account, arn: Arn }
      throw noAccount(host)
    },
    async stacks(region) {
      const { CloudFormationClient, paginateDescribeStacks } = await import('@aws-sdk/client-cloudformation')
      const client = new CloudFormationClient(clientOptions('cloudformation', region, env))
      const host = hostOf('cloudformation', region, env)
      return ask({ client, host, asker, refusal: noListing }, async (_, abortSignal) => {
        const found: DeployedStack[] = []
        for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {}, { abortSignal }))
          for (const { StackName: name = '', StackStatus: status = '' } of Stacks)
            if (status !== 'DELETE_COMPLETE') found.push({ name, status })
        return found
      })
    },
    async template(region, StackName) {
      const { CloudFormationClient, GetTemplateCommand } = await import('@aws-sdk/client-cloudformation')
      const client = new CloudFormationClient(clientOptions('cloudformation', region, env))
      const host = hostOf('cloudformation', region, env)
      const { TemplateBody = '' } = await ask(
        { client, host, asker, refusal: noTemplate },
        (asked, abortSignal) => asked.send(new GetTemplateCommand({ StackName }), { abortSignal }),
      )
      return TemplateBody
    },
  }
}

function badCredentials(said: string): AftershockError {
  return new AftershockError('unavailable', `AWS does not take these credentials: ${said}`, {
    source: 'user',
    hint: CREDENTIALS_HINT,
  })
}

function noListing(said: string): AftershockError {
  return new AftershockError('unavailable', `AWS does not list the stacks: ${said}`, {
    source: 'user',
    hint: 'These credentials need the permission cloudformation:DescribeStacks.',
  })
}

function noTemplate(said: string): AftershockError {
  return new AftershockError('unavailable', `AWS does not show what is deployed: ${said}`, {
    source: 'user',
    hint: 'These credentials need the permission cloudformation:GetTemplate.',
  })
}

function noAccount(host: string): AftershockError {
  return new AftershockError('unavailable', `the answer of ${host} names no account`, {
    hint: 'A proxy may have answered, or AWS_ENDPOINT_URL may point elsewhere.',
  })
}
