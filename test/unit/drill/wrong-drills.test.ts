import assert from 'node:assert/strict'
import { listWords } from '../../../chaos/drill/schema-words.ts'
import { FAULTS } from '../../../chaos/faults/index.ts'
import { type DrillParts, drillText, loadText, rejection, unmark } from './drill-file.ts'

/** `«` marks the place that the error must name; it is taken out before the file is read. */
interface WrongDrill {
  readonly it: string
  readonly wrong: DrillParts
  readonly right: DrillParts
  readonly says: string
  readonly example?: string
}

const REPLAY = '{ at: 30s, action: replay }'
const timeline = (...entries: string[]): DrillParts => ({ timeline: entries })
const gates = (...entries: string[]): DrillParts => ({ gates: entries })

const WRONG: readonly WrongDrill[] = [
  {
    it: 'names the key that was probably meant, and not that key as missing too',
    wrong: timeline('{ at: 5s, fault: broker-kill, «tragets: random }'),
    right: timeline('{ at: 5s, fault: broker-kill, target: random }'),
    says: " timeline[0]: unknown key 'tragets'; did you mean 'target'?",
    example: 'target: { leader-of: telemetry/0 }',
  },
  {
    it: 'lists the keys that there are when none is near',
    wrong: timeline('{ at: 5s, fault: zone-cut, zone: az-a, «colour: red }'),
    right: timeline('{ at: 5s, fault: zone-cut, zone: az-a, direction: in }'),
    says: " timeline[0]: unknown key 'colour'; expected at, id, fault, for, zone, direction, traffic, mode or objectStore",
  },
  {
    it: 'names a platform that there is not, and the one that was probably meant',
    wrong: { end: 'platforms: [«kafka-tierd]' },
    right: { end: 'platforms: [kafka-tiered]' },
    says: " platforms[0]: expected kafka, kafka-tiered, automq or automq-router, found 'kafka-tierd'; did you mean 'kafka-tiered'?",
  },
  {
    it: 'names an unknown key at the root',
    wrong: { end: '«settel: 10s' },
    right: { end: 'settle: 10s' },
    says: " unknown key 'settel'; did you mean 'settle'?",
    example: 'settle: 15s',
  },
  {
    it: 'names an unknown key deep inside',
    wrong: { fleet: '{ devices: 10, telemetry: { «intervallMs: 100 } }' },
    right: { fleet: '{ devices: 10, telemetry: { intervalMs: 100 } }' },
    says: " fleet.telemetry: unknown key 'intervallMs'; did you mean 'intervalMs'?",
    example: 'intervalMs: 1000',
  },
  {
    it: 'refuses idempotent producers that a leader alone acknowledges',
    wrong: { fleet: '{ devices: 10, acks: 1, idempotent: «true }' },
    right: { fleet: '{ devices: 10, acks: all, idempotent: true }' },
    says: ' fleet.idempotent: expected acks: all beside idempotent: true',
  },
  {
    it: 'names an unknown key in the branch of a union that its author meant',
    wrong: timeline('{ at: 5s, fault: link-latency, links: { «zon: az-b }, delayMs: 9 }'),
    right: timeline('{ at: 5s, fault: link-latency, links: { zone: az-b }, delayMs: 9 }'),
    says: " timeline[0].links: unknown key 'zon'; did you mean 'zone'?",
    example: 'zone: az-c',
  },
  {
    it: 'names the topic of a connector that was probably meant',
    wrong: { end: 'connector: { topics: [«topic0] }' },
    right: { end: 'connector: { topics: [topic-0] }' },
    says: " connector.topics[0]: the contract has no topic 'topic0'; did you mean 'topic-0'? It has topic-0, topic-1, topic-2 or topic-3",
    example: 'topics: [topic-0]',
  },
  {
    it: 'wants each topic of a connector once',
    wrong: { end: 'connector: { topics: [topic-1, «topic-1] }' },
    right: { end: 'connector: { topics: [topic-1] }' },
    says: " connector.topics[1]: 'topic-1' is in the list already",
  },
  {
    it: 'wants a connector to have topics',
    wrong: { end: 'connector: { topics: «[] }' },
    right: { end: 'connector: { topics: [topic-3] }' },
    says: ' connector.topics: expected at least 1 entry, found an empty list',
    example: 'topics: [ integration ]',
  },
  {
    it: 'knows only the three zones for a connector',
    wrong: { end: 'connector: { zone: «random, topics: [topic-0] }' },
    right: { end: 'connector: { zone: az-c, topics: [topic-0] }' },
    says: " connector.zone: expected az-a, az-b or az-c, found 'random'",
  },
  {
    it: 'names an unknown key of a connector',
    wrong: { end: 'connector: { «topic: [topic-0] }' },
    right: { end: 'connector: { topics: [topic-0] }' },
    says: " connector: unknown key 'topic'; did you mean 'topics'?",
  },
  {
    it: 'names a missing key where it should be',
    wrong: timeline('«{ at: 5s, fault: zone-cut }'),
    right: timeline('{ at: 5s, fault: zone-cut, zone: random }'),
    says: " timeline[0]: missing key 'zone'",
    example: 'zone: az-c',
  },
  {
    it: 'names a missing key at the root',
    wrong: { top: '«seed: 3' },
    right: { top: 'drill: x\nseed: 3' },
    says: " missing key 'drill'",
    example: 'drill: zone-cut',
  },
  {
    it: 'names a key without a value',
    wrong: timeline('{ at: 5s, fault: zone-cut, zone: az-a, «for: }'),
    right: timeline('{ at: 5s, fault: zone-cut, zone: az-a }'),
    says: ' timeline[0].for: expected text, found nothing',
    example: 'for: 15s',
  },
  {
    it: 'wants a unit with a duration',
    wrong: timeline('{ at: «5, fault: zone-cut, zone: az-a }'),
    right: timeline('{ at: 0.5m, fault: zone-cut, zone: az-a }'),
    says: ' timeline[0].at: expected text, found the number 5',
    example: 'at: 15s',
  },
  {
    it: 'wants a drill to be over within a day',
    wrong: timeline('{ at: 5s, fault: zone-cut, zone: az-a, for: «30d }'),
    right: timeline('{ at: 5s, fault: zone-cut, zone: az-a, for: 24h }'),
    says: " timeline[0].for: '30d' is longer than 24h, the longest that is allowed here",
  },
  {
    it: 'wants a unit of a duration that exists',
    wrong: timeline('{ at: «5 sec, fault: zone-cut, zone: az-a }'),
    right: timeline('{ at: 5s, fault: zone-cut, zone: az-a }'),
    says: " timeline[0].at: expected a duration such as 250ms, 15s, 2m, 4h or 7d, found '5 sec'",
    example: 'at: 15s',
  },
  {
    it: 'names the fault that was probably meant, and lists all',
    wrong: timeline('{ at: 5s, fault: «zone-ct, zone: az-a }'),
    right: timeline('{ at: 5s, fault: zone-cut, zone: az-a }'),
    says: ` timeline[0].fault: unknown fault 'zone-ct'; did you mean 'zone-cut'? There is ${listWords([...FAULTS.keys()])}`,
    example: '- { at: 15s, fault: zone-cut, zone: az-c }',
  },
  {
    it: 'names the action that was probably meant',
    wrong: timeline('{ at: 5s, action: «reply }'),
    right: timeline('{ at: 5s, action: replay, from: oldest, consumer: recovery }'),
    says: " timeline[0].action: unknown action 'reply'; did you mean 'replay'? There is governed-replay, operator-step, repair or replay",
    example: '- { at: 15s, action: replay }',
  },
  {
    it: 'names the mistyped word that says what an entry is',
    wrong: timeline('{ at: 5s, «falt: zone-cut, zone: az-a }'),
    right: timeline('{ at: 5s, fault: zone-cut, zone: az-a }'),
    says: " timeline[0]: unknown key 'falt'; did you mean 'fault'?",
  },
  {
    it: 'wants an entry to be a fault or an action',
    wrong: timeline('«{ at: 5s }'),
    right: timeline('{ at: 5s, fault: zone-cut, zone: az-a }'),
    says: ' timeline[0]: expected either fault or action, found neither',
  },
  {
    it: 'wants an entry not to be both',
    wrong: timeline('«{ at: 5s, fault: zone-cut, zone: az-a, action: replay }'),
    right: timeline('{ at: 5s, fault: zone-cut, zone: az-a }', '{ at: 50s, action: replay }'),
    says: ' timeline[0]: expected either fault or action, found both',
  },
  {
    it: 'knows only the three zones, and random where one may be drawn',
    wrong: timeline('{ at: 5s, fault: zone-cut, zone: «az-d }'),
    right: timeline('{ at: 5s, fault: zone-cut, zone: random }'),
    says: " timeline[0].zone: expected az-a, az-b, az-c or random, found 'az-d'",
    example: 'zone: az-c',
  },
  {
    it: 'knows only the three zones in a selector',
    wrong: timeline('{ at: 5s, fault: broker-kill, target: { zone: «random } }'),
    right: timeline('{ at: 5s, fault: broker-kill, target: { zone: az-b } }'),
    says: " timeline[0].target.zone: expected az-a, az-b or az-c, found 'random'",
    example: 'zone: az-a',
  },
  {
    it: 'knows only the three zones in a gate',
    wrong: gates('{ gate: acked-loss, atMost: 0, outsideOf: «zone-c }'),
    right: gates('{ gate: unavailable-seconds, atMost: 0, outsideOf: az-c }'),
    says: " gates[0].outsideOf: expected az-a, az-b or az-c, found 'zone-c'",
  },
  {
    it: 'says what a selector may be',
    wrong: timeline('{ at: 5s, fault: broker-kill, target: «activ-controller }'),
    right: timeline('{ at: 5s, fault: broker-kill, target: active-controller }'),
    says: " timeline[0].target: expected active-controller, random or a mapping with node, zone, leader-of, count or share, found 'activ-controller'; did you mean 'active-controller'?",
    example: 'target: active-controller',
  },
  {
    it: 'says what a selector may be when nothing in it is known',
    wrong: timeline('{ at: 5s, fault: broker-kill, target: «{ colour: red } }'),
    right: timeline('{ at: 5s, fault: broker-kill, target: { count: 2 } }'),
    says: ' timeline[0].target: expected active-controller, random or a mapping with node, zone, leader-of, count or share, found a mapping with colour',
    example: 'target: { leader-of: telemetry/0 }',
  },
  {
    it: 'wants a partition with its number',
    wrong: timeline('{ at: 5s, fault: broker-kill, target: { leader-of: «topic-0 } }'),
    right: timeline('{ at: 5s, fault: broker-kill, target: { leader-of: topic-0/5 } }'),
    says: " timeline[0].target.leader-of: expected topic/partition, e.g. telemetry/0, found 'topic-0'",
  },
  {
    it: 'wants a topic that the contract has',
    wrong: timeline('{ at: 5s, fault: broker-kill, target: { leader-of: «topic-9x/0 } }'),
    right: timeline('{ at: 5s, fault: broker-kill, target: { leader-of: topic-3/0 } }'),
    says: " timeline[0].target.leader-of: the contract has no topic 'topic-9x'. It has topic-0, topic-1, topic-2 or topic-3",
    example: 'leader-of: topic-0/0',
  },
  {
    it: 'wants a partition that the topic has',
    wrong: timeline('{ at: 5s, fault: broker-kill, target: { leader-of: «topic-0/6 } }'),
    right: timeline('{ at: 5s, fault: broker-kill, target: { leader-of: topic-0/0 } }'),
    says: " timeline[0].target.leader-of: 'topic-0/6' does not exist: the contract gives the topic partitions 0 to 5",
  },
  {
    it: 'wants numbers in their bounds',
    wrong: { fleet: '{ devices: «0 }' },
    right: { fleet: '{ devices: 1 }' },
    says: ' fleet.devices: expected more than 0, found the number 0',
    example: 'devices: 1000',
  },
  {
    it: 'wants whole numbers where parts make no sense',
    wrong: { fleet: '{ devices: «1.5 }' },
    right: { fleet: '{ devices: 2 }' },
    says: ' fleet.devices: expected a whole number, found the number 1.5',
    example: 'devices: 1000',
  },
  {
    it: 'wants a mapping where there is a list',
    wrong: { fleet: '«[1]' },
    right: { fleet: '{ devices: 1 }' },
    says: ' fleet: expected a mapping, found a list',
    example: 'fleet: { devices: 1000 }',
  },
  {
    it: 'names the probe that was probably meant',
    wrong: { steadyState: '{ probe: «produce-p99, atMost: 250 }' },
    right: { steadyState: '{ probe: produce-p99-ms, atMost: 250 }' },
    says: " steadyState[0].probe: unknown word 'produce-p99'; did you mean 'produce-p99-ms'?",
    example: 'probe: produce-p99-ms',
  },
  {
    it: 'names the gate that was probably meant',
    wrong: gates('{ gate: «acked-los, atMost: 0 }'),
    right: gates('{ gate: acked-loss, atMost: 0 }'),
    says: " gates[0].gate: unknown word 'acked-los'; did you mean 'acked-loss'?",
    example: 'gate: acked-loss',
  },
  {
    it: 'wants a gate to compare with something',
    wrong: gates('«{ gate: acked-loss }'),
    right: gates('{ gate: acked-loss, reportOnly: true }'),
    says: ' gates[0]: expected exactly one of atMost, atLeast, above, below, equals, or reportOnly: true',
    example: '- { gate: acked-loss, atMost: 0 }',
  },
  {
    it: 'wants a condition to compare with one thing',
    wrong: { end: 'abort:\n  - «{ probe: edge-dropped-records, above: 0, atMost: 9 }' },
    right: { end: 'abort:\n  - { probe: edge-dropped-records, above: 0 }' },
    says: ' abort[0]: expected exactly one of atMost, atLeast, above, below, equals',
    example: '- { probe: edge-dropped-records, above: 0 }',
  },
  {
    it: 'wants the name of its file',
    wrong: { top: 'drill: «y' },
    right: { top: 'drill: x' },
    says: " drill: the drill is called 'y' and its file 'x'",
    example: 'drill: x',
  },
  {
    it: 'wants every id once, the given and the default ones',
    wrong: timeline(
      '{ at: 5s, id: zone-cut-2, fault: zone-cut, zone: az-a }',
      '«{ at: 9s, fault: zone-cut, zone: az-b }',
    ),
    right: timeline(
      '{ at: 5s, id: zone-cut-1, fault: zone-cut, zone: az-a }',
      '{ at: 9s, fault: zone-cut, zone: az-b }',
    ),
    says: " timeline[1].id: timeline[0] has the id 'zone-cut-2' already",
  },
  {
    it: 'wants a fault to last',
    wrong: timeline('{ at: 5s, fault: zone-cut, zone: az-a, for: «0s }'),
    right: timeline('{ at: 5s, fault: zone-cut, zone: az-a, for: 1ms }'),
    says: ' timeline[0].for: a fault must hold for longer than nothing',
  },
  {
    it: 'wants one replay of a consumer at a time',
    wrong: timeline(REPLAY, '{ at: «30s, action: replay }'),
    right: timeline(REPLAY, '{ at: 30s, action: replay, consumer: dashboards }'),
    says: ' timeline[1].at: the consumer recovery begins to read for timeline[0] at the same time; each reads one replay at a time',
    example: 'consumer: dashboards',
  },
  {
    it: 'wants a replay of topics that the contract has',
    wrong: timeline('{ at: 30s, action: replay, topics: [«topic-9] }'),
    right: timeline('{ at: 30s, action: replay, topics: [topic-1] }'),
    says: " timeline[0].topics[0]: the contract has no topic 'topic-9'. It has topic-0, topic-1, topic-2 or topic-3",
    example: 'topics: [topic-0]',
  },
  {
    it: 'wants partitions that there are',
    wrong: timeline('{ at: 30s, action: replay, partitions: [0, «6] }'),
    right: timeline('{ at: 30s, action: replay, partitions: [0, 5] }'),
    says: ' timeline[0].partitions[1]: no topic has a partition 6: the contract gives them 0 to 5',
  },
  {
    it: 'wants a replay that ends after it begins',
    wrong: timeline('{ at: 30s, action: replay, from: { ago: 5s }, to: «{ ago: 10s } }'),
    right: timeline('{ at: 30s, action: replay, from: { ago: 10s }, to: { ago: 5s } }'),
    says: ' timeline[0].to: it would end 10 s ago, before it begins 5 s ago',
  },
  {
    it: 'wants a replay for a gate that measures one',
    wrong: gates('{ gate: «replay-margin-records, atLeast: 0 }'),
    right: { ...timeline(REPLAY), ...gates('{ gate: replay-margin-records, atLeast: 0 }') },
    says: ' gates[0].gate: the timeline has no replay that replay-margin-records could measure',
    example: '- { at: 60s, action: replay, from: oldest }',
  },
  {
    it: 'wants `of` to name something in the timeline',
    wrong: gates('{ gate: in-sync-seconds, atMost: 9, of: «zone-cut-2 }'),
    right: gates('{ gate: in-sync-seconds, atMost: 9, of: zone-cut-1 }'),
    says: " gates[0].of: nothing in the timeline has the id 'zone-cut-2'; did you mean 'zone-cut-1'? There is zone-cut-1",
    example: 'of: zone-cut-1',
  },
  {
    it: 'wants `of` to name a replay where a gate measures one',
    wrong: {
      ...timeline('{ at: 5s, id: cut, fault: zone-cut, zone: az-a }', REPLAY),
      ...gates('{ gate: tail-lag-during-replay-seconds, atMost: 5, of: «cut }'),
    },
    right: {
      ...timeline('{ at: 5s, id: cut, fault: zone-cut, zone: az-a }', REPLAY),
      ...gates('{ gate: tail-lag-during-replay-seconds, atMost: 5, of: replay-2 }'),
    },
    says: " gates[0].of: no replay has the id 'cut'. There is replay-2",
    example: 'of: replay-2',
  },
  {
    it: 'wants a contract that is there',
    wrong: { contract: 'contract: «contracts.yaml' },
    right: { contract: 'contract: ./contract.yaml' },
    says: ' contract: contracts.yaml: no such file',
    example: 'contract: ../contracts/fleet.yaml',
  },
  {
    it: 'wants every key once',
    wrong: { end: '«title: Another' },
    right: { end: 'seed: 3' },
    says: ' this key is here twice (YAML)',
  },
]

describe('a drill file with a mistake', () => {
  for (const { it: sentence, wrong, right, says, example } of WRONG) {
    it(sentence, async () => {
      await loadText(drillText(right))
      const { text, place } = unmark(drillText(wrong))
      const error = await rejection(loadText(text))
      assert.equal(error.code, 'input')
      assert.equal(error.message, `${place}${says}`)
      if (example !== undefined) assert.equal(error.hint?.split('\n')[0], `for example: ${example}`)
    })
  }
})
