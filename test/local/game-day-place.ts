import { CreateLaunchTemplateCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { waitFor } from '../../chaos/core/wait.ts'
import { damageIn } from '../../chaos/drivers/aws/hands.ts'
import { sdkAccount } from '../../chaos/drivers/aws/sdk-account.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { type DayOptions, dayStates } from '../../lib/gamedays/day-states.ts'
import { type HealingOptions, healingStates } from '../../lib/gamedays/healing-states.ts'
import {
  deadManGroup,
  lockParameter,
  RUNNER_TAG,
  switchParameter,
  taskParameter,
} from '../../lib/gamedays/names.ts'
import type { Ministack } from './ministack.ts'
import { type AlarmState, setAlarm } from './moto-alarms.ts'
import { putParameter } from './moto-node.ts'
import { clientOf, makeNetwork, type MotoNetwork } from './moto-network.ts'
import type { Moto } from './moto.ts'

export const ENVIRONMENT = 'mine'
const ALARMS = ['aftershock-mine-stop-az-a', 'aftershock-mine-stop-az-b']

export interface Task {
  readonly phase: 'ready' | 'run'
  readonly token: string
  readonly run: string
  readonly day: string
}

/** What the stacks deploy, as far as a game day's machines call it, and the two machines of the template themselves. */
export interface GameDayPlace {
  readonly network: MotoNetwork
  readonly day: string
  readonly healing: string
  /** Of the machine that heals. */
  readonly healingOptions: HealingOptions
  damage(): Promise<readonly string[]>
  lock(): Promise<string | null>
  setAlarm(name: string, state: AlarmState): Promise<void>
  runners(): Promise<readonly string[]>
  /** What the runner of this execution is told to do, as soon as it is. */
  task(execution: string, phase: Task['phase']): Promise<Task>
}

export const nameOf = (execution: string): string => execution.split(':').at(-1) ?? ''

let made = 0

interface PlaceOptions extends Partial<DayOptions>, Partial<HealingOptions> {
  /** @default one of its own */
  readonly network?: MotoNetwork
}

export async function gameDayPlace(
  moto: Moto,
  ministack: Ministack,
  { network: given, ...options }: PlaceOptions = {},
): Promise<GameDayPlace> {
  const network = given ?? (await makeNetwork(moto, ENVIRONMENT))
  await putParameter(moto, switchParameter(ENVIRONMENT), 'armed')
  for (const name of ALARMS) await setAlarm(moto, name, 'OK')
  const xml = await moto.query('sns', '2010-03-31', 'CreateTopic', { Name: 'told' })
  const [, topic = ''] = /<TopicArn>(.*?)<\/TopicArn>/.exec(xml) ?? []
  const ec2 = new EC2Client(clientOf(moto))
  const { LaunchTemplate } = await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'runner',
      LaunchTemplateData: { ImageId: 'ami-12c6146b', InstanceType: 't4g.small' },
    }),
  )
  await moto.json('ssm', 'AmazonSSM.CreateDocument', {
    Name: 'aftershock-mine-node',
    DocumentType: 'Command',
    DocumentFormat: 'JSON',
    Content: '{"schemaVersion":"2.2","mainSteps":[]}',
  })
  const number = ++made
  await ministack.scheduleGroup(deadManGroup(ENVIRONMENT))
  const healingOptions = {
    environment: ENVIRONMENT,
    vpcId: network.vpc,
    document: 'aftershock-mine-node',
    topic,
    tries: 6,
    ...options,
  }
  const healing = await ministack.create(`healing-${number}`, healingStates(healingOptions))
  const day = await ministack.create(
    `day-${number}`,
    dayStates({
      environment: ENVIRONMENT,
      alarms: ALARMS,
      topic,
      healing,
      launchTemplate: LaunchTemplate?.LaunchTemplateId ?? '',
      subnetId: network.subnets['management az-a'] ?? '',
      deadManRole: 'arn:aws:iam::000000000000:role/any',
      approvalSeconds: 60,
      runSeconds: 60,
      bootSeconds: 60,
      ...options,
    }),
  )
  return {
    network,
    day,
    healing,
    healingOptions,
    setAlarm: (name, state) => setAlarm(moto, name, state),
    async damage() {
      using account = await sdkAccount('eu-west-1', systemClock)
      return damageIn(await account.inventory(ENVIRONMENT))
    },
    async lock() {
      using account = await sdkAccount('eu-west-1', systemClock)
      return await account.parameter(lockParameter(ENVIRONMENT))
    },
    async runners() {
      const { Reservations = [] } = await ec2.send(
        new DescribeInstancesCommand({
          Filters: [
            { Name: `tag:${RUNNER_TAG}`, Values: [ENVIRONMENT] },
            { Name: 'instance-state-name', Values: ['pending', 'running'] },
          ],
        }),
      )
      return Reservations.flatMap(({ Instances = [] }) => Instances).map(({ InstanceId = '' }) => InstanceId)
    },
    task: (execution, phase) =>
      waitFor(
        `the runner's task (${phase})`,
        async () => {
          using account = await sdkAccount('eu-west-1', systemClock)
          const text = await account.parameter(taskParameter(ENVIRONMENT))
          const task = text === null ? null : (JSON.parse(text) as Task)
          return task?.run === nameOf(execution) && task.phase === phase && task
        },
        {
          clock: systemClock,
          deadlineMs: 60_000,
          everyMs: 100,
          lastSeen: () =>
            `calls: ${ministack
              .calls()
              .map(({ state }) => state)
              .join(', ')}`,
        },
      ),
  }
}
