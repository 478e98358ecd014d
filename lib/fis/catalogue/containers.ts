import { action, BY_TAG, onAny, onTargets } from '../action-definition.ts'
import {
  choice,
  duration,
  flag,
  list,
  number,
  optional,
  percentage,
  pythonFlag,
  text,
  wholeNumber,
} from '../parameter.ts'

const TASKS = { key: 'Tasks', type: 'aws:ecs:task' } as const
const PODS = { key: 'Pods', type: 'aws:eks:pod' } as const
const workers = optional(wholeNumber(0, 1024))
const share = optional(wholeNumber(0, 100))
const port = wholeNumber(0, 65_535)
const milliseconds = optional(wholeNumber(0, 3_600_000))
const installDependencies = optional(pythonFlag)
const traffic = choice('ingress', 'egress')
const protocol = choice('tcp', 'udp')
const useEcsFaultInjectionEndpoints = optional(flag)
const delayed = { delayMilliseconds: milliseconds, jitterMilliseconds: milliseconds }
const flows = { flowsPercent: optional(percentage), sources: optional(list()) }

/** What they run is a command of Systems Manager on a machine that the template does not name. */
const onTask = { target: TASKS, permissions: null } as const

const pod = {
  kubernetesServiceAccount: text,
  fisPodContainerImage: optional(text),
  maxErrorsPercent: share,
  fisPodLabels: optional(text),
  fisPodAnnotations: optional(text),
} as const
const fisPodSecurityPolicy = optional(choice('privileged', 'baseline', 'restricted'))
const onPod = {
  target: PODS,
  // What happens inside the cluster is allowed by its own roles.
  permissions: [onAny('eks:DescribeCluster', 'ec2:DescribeSubnets'), BY_TAG],
} as const

/** Of ECS and EKS. */
export const CONTAINER_ACTIONS = {
  'aws:ecs:drain-container-instances': action({
    target: { key: 'Clusters', type: 'aws:ecs:cluster' },
    parameters: { drainagePercentage: percentage, duration: duration() },
    permissions: [
      onTargets('ecs:DescribeClusters', 'ecs:ListContainerInstances'),
      {
        on: 'resources',
        actions: ['ecs:UpdateContainerInstancesState'],
        resources: ['ecs:container-instance/*'],
      },
      BY_TAG,
    ],
  }),
  'aws:ecs:stop-task': action({
    target: TASKS,
    parameters: {},
    permissions: [onTargets('ecs:StopTask', 'ecs:DescribeTasks'), onAny('ecs:ListTasks'), BY_TAG],
  }),
  'aws:ecs:task-cpu-stress': action({
    ...onTask,
    parameters: { duration: duration(), percent: share, workers, installDependencies },
  }),
  'aws:ecs:task-io-stress': action({
    ...onTask,
    parameters: { duration: duration(), percent: share, workers, installDependencies },
  }),
  'aws:ecs:task-kill-process': action({
    ...onTask,
    parameters: { processName: text, signal: optional(choice('SIGTERM', 'SIGKILL')), installDependencies },
  }),
  'aws:ecs:task-network-blackhole-port': action({
    ...onTask,
    parameters: {
      duration: duration(),
      port,
      trafficType: traffic,
      protocol: optional(protocol),
      installDependencies,
      useEcsFaultInjectionEndpoints,
    },
  }),
  'aws:ecs:task-network-latency': action({
    ...onTask,
    parameters: {
      duration: duration(),
      ...delayed,
      ...flows,
      installDependencies,
      useEcsFaultInjectionEndpoints,
    },
  }),
  'aws:ecs:task-network-packet-loss': action({
    ...onTask,
    parameters: {
      duration: duration(),
      lossPercent: optional(percentage),
      ...flows,
      installDependencies,
      useEcsFaultInjectionEndpoints,
    },
  }),
  'aws:eks:inject-kubernetes-custom-resource': action({
    target: { key: 'Cluster', type: 'aws:eks:cluster' },
    parameters: {
      kubernetesApiVersion: choice('chaos-mesh.org/v1alpha1', 'litmuschaos.io/v1alpha1'),
      kubernetesKind: text,
      kubernetesNamespace: text,
      kubernetesSpec: text,
      maxDuration: duration(),
    },
    permissions: [],
  }),
  'aws:eks:pod-cpu-stress': action({
    ...onPod,
    parameters: { duration: duration(), percent: share, workers, ...pod, fisPodSecurityPolicy },
  }),
  'aws:eks:pod-delete': action({
    ...onPod,
    parameters: { gracePeriodSeconds: optional(wholeNumber(0, 86_400)), ...pod, fisPodSecurityPolicy },
  }),
  'aws:eks:pod-io-stress': action({
    ...onPod,
    parameters: {
      duration: duration(),
      workers,
      percent: share,
      ...pod,
      fisPodSecurityPolicy: optional(choice('privileged', 'baseline')),
    },
  }),
  'aws:eks:pod-memory-stress': action({
    ...onPod,
    parameters: { duration: duration(), workers, percent: share, ...pod, fisPodSecurityPolicy },
  }),
  'aws:eks:pod-network-blackhole-port': action({
    ...onPod,
    parameters: { duration: duration(), protocol, trafficType: traffic, port, ...pod },
  }),
  'aws:eks:pod-network-latency': action({
    ...onPod,
    parameters: { duration: duration(), interface: optional(list()), ...delayed, ...flows, ...pod },
  }),
  'aws:eks:pod-network-packet-loss': action({
    ...onPod,
    parameters: {
      duration: duration(),
      interface: optional(list()),
      lossPercent: optional(number(0, 100, '%')),
      ...flows,
      ...pod,
    },
  }),
  'aws:eks:terminate-nodegroup-instances': action({
    target: { key: 'Nodegroups', type: 'aws:eks:nodegroup' },
    parameters: { instanceTerminationPercentage: percentage },
    // Its instances have the tags of the node group only if it hands them on.
    permissions: null,
  }),
} as const
