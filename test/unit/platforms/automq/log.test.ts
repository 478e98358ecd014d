import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { failovers, failoverTimeline, type NodeLog } from '../../../../chaos/platforms/automq/log.ts'

const ZERO = Date.UTC(2026, 10, 23, 12, 0, 0)

/** Lines in the form that the lab's log configuration prints: `second: message`. */
function log(node: number, alive: boolean, lines: readonly (readonly [seconds: number, text: string])[]) {
  const text = lines
    .map(([seconds, message]) => {
      const time = new Date(ZERO + seconds * 1000).toISOString()
      return `[${time.slice(0, 10)} ${time.slice(11, 19)},${time.slice(20, 23)}] INFO ${message} (a.Logger)`
    })
    .join('\n')
  return { node, alive, text: `${text}\n` } satisfies NodeLog
}

const CONTEXT = 'FailoverContext{nodeId=2, target=3, nodeEpoch=1795434000000, kraftWalConfigs=0@s3://d?a=b}'
const OLD_OWNER: [number, string][] = [
  [0, 'Readiness check pass! (ObjectStorageReadinessCheck)'],
  [0.5, '[KafkaRaftServer nodeId=2] Kafka Server started'],
  [20, 'The S3WAL is fenced by another nodes. Fail the following append request'],
  [20.4, 'something else'],
]
const CONTROLLER = log(1, true, [
  [4, '[QuorumController id=1] Fencing broker 2 because its session has timed out.'],
  [4.1, `[ADD_NEW_FAILOVER],context=${CONTEXT}`],
  [6, `[FAILOVER_COMPLETE],context=${CONTEXT}`],
])
const TARGET = log(3, true, [
  [4.2, `[FAILOVER] start with context=${CONTEXT}, retryCount=0`],
  [4.5, 'failover recover 2'],
  [5, `[FAILOVER] fail, retry later. context=${CONTEXT}, retryCount=0, retryDelay=1s`],
  [5.5, `[FAILOVER] complete with context=${CONTEXT}, retryCount=1`],
  [6.2, 'LocalReplicaChanges(deletes = [], newly elected leaders = {telemetry-0=x}, updated leaders = {})'],
])

describe('the timeline of a failover', () => {
  it('puts together what the logs of all nodes say, in the order in which it happened', () => {
    const events = failoverTimeline([TARGET, CONTROLLER], ZERO)
    assert.deepEqual(
      events.map(({ t, node, what }) => [t, node, what]),
      [
        [4000, 1, 'fenced'],
        [4100, 1, 'failover-assigned'],
        [4200, 3, 'failover-start'],
        [4500, 3, 'failover-recover'],
        [5000, 3, 'failover-retry'],
        [5500, 3, 'failover-complete'],
        [6000, 1, 'failover-closed'],
        [6200, 3, 'leaders-elected'],
      ],
    )
    assert.deepEqual(events[0]?.context, { failedNode: 2 })
    assert.deepEqual(events[1]?.context, { failedNode: 2, target: 3, nodeEpoch: 1795434000000 })
    assert.deepEqual(events[5]?.context, { failedNode: 2, target: 3, nodeEpoch: 1795434000000, retry: 1 })
  })

  it('gathers one failover from fencing to completion', () => {
    assert.deepEqual(failovers(failoverTimeline([CONTROLLER, TARGET], ZERO)), [
      {
        failedNode: 2,
        target: 3,
        fencedAt: 4000,
        assignedAt: 4100,
        startedAt: 4200,
        completedAt: 5500,
        closedAt: 6000,
      },
    ])
  })

  it('does not lend a second failover of a node what became of the first', () => {
    const again = log(1, true, [[50, `[ADD_NEW_FAILOVER],context=${CONTEXT}`]])
    const [first, second] = failovers(failoverTimeline([CONTROLLER, TARGET, again], ZERO))
    assert.equal(first?.completedAt, 5500)
    assert.deepEqual([second?.assignedAt, second?.startedAt, second?.completedAt], [50_000, null, null])
  })

  it('says nothing of what an absent log would have said', () => {
    const [only] = failovers(failoverTimeline([CONTROLLER], ZERO))
    assert.deepEqual([only?.startedAt, only?.completedAt, only?.closedAt], [null, null, 6000])
    assert.deepEqual(failovers(failoverTimeline([TARGET], ZERO)), [])
  })
})

describe('a broker that halts', () => {
  const halts = (logs: NodeLog[]) =>
    failoverTimeline(logs, ZERO).flatMap(({ t, what }) => (what === 'halted' ? [t] : []))
  const started: [number, string][] = [
    [23, 'Registered kafka:type=kafka.Log4jController MBean'],
    [25, 'Readiness check pass! (ObjectStorageReadinessCheck)'],
    [26, '[KafkaRaftServer nodeId=2] Kafka Server started'],
  ]

  it('is known by a fenced log and a new process after it, at its last line', () => {
    assert.deepEqual(halts([log(2, true, [...OLD_OWNER, ...started])]), [20_400])
    assert.deepEqual(halts([log(2, true, [...OLD_OWNER, ...started.slice(1)])]), [20_400])
  })

  it('is known by a fenced log that ends with its process', () => {
    assert.deepEqual(halts([log(2, false, OLD_OWNER)]), [20_400])
  })

  it('is not one that is fenced and lives, or that shut down in order, or that was killed', () => {
    assert.deepEqual(halts([log(2, true, OLD_OWNER)]), [])
    const inOrder: [number, string][] = [...OLD_OWNER, [21, '[BrokerServer id=2] shut down completed']]
    assert.deepEqual(halts([log(2, false, inOrder)]), [])
    assert.deepEqual(halts([log(2, true, [...inOrder, ...started])]), [])
    assert.deepEqual(halts([log(2, true, [...OLD_OWNER.slice(0, 2), ...started])]), [])
  })

  it('is told once, when it also says so itself', () => {
    const says: [number, string][] = [...OLD_OWNER, [20.5, 'node is fenced, halt the process']]
    assert.deepEqual(halts([log(2, true, [...says, ...started])]), [20_500])
  })
})

describe('the lines of a log', () => {
  it('are read with a time zone when they name one, and are UTC otherwise', () => {
    const at = (time: string) =>
      failoverTimeline([{ node: 1, alive: true, text: `[${time}] INFO Kafka Server started (k.K)` }], ZERO)[0]
        ?.t
    assert.equal(at('2026-11-23 12:00:01,500'), 1500)
    assert.equal(at('2026-11-23T14:00:01,500+02:00'), 1500)
    assert.equal(at('2026-11-23T12:00:01,500Z'), 1500)
  })

  it('are passed over when they are no log lines, as those of a stack trace', () => {
    const text =
      'java.lang.IllegalStateException: halt\n\tat a.B.c(B.java:1)\n[FAILOVER] start with context=\n'
    assert.deepEqual(failoverTimeline([{ node: 1, alive: true, text }], ZERO), [])
  })
})
