import { Stack, Validations } from 'aws-cdk-lib'
import type { CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { EnvironmentConfig } from '../environment-schema.ts'

/** Has somebody told when an alarm goes off, and when it is over; without `notify` in the environment, nobody is. */
export function tell(
  stack: Stack,
  { notify, environment }: EnvironmentConfig,
  alarms: readonly CompositeAlarm[],
): void {
  if (notify === undefined) return
  const topic = notify.startsWith('arn:')
    ? Topic.fromTopicArn(stack, 'Told', notify)
    : made(stack, notify, environment)
  for (const alarm of alarms) {
    alarm.addAlarmAction(new SnsAction(topic))
    alarm.addOkAction(new SnsAction(topic))
  }
}

function made(stack: Stack, address: string, environment: string): ITopic {
  const topic = new Topic(stack, 'Told', { displayName: `aftershock ${environment}`, enforceSSL: true })
  topic.addSubscription(new EmailSubscription(address))
  Validations.of(topic).acknowledge({
    id: 'AwsSolutions-SNS2',
    reason:
      'It carries names and states of alarms; CloudWatch cannot publish to a topic under the key of AWS.',
  })
  return topic
}
