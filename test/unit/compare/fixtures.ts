import {
  type Comparison,
  comparison as comparisonFile,
  type Measure,
  type Spread,
} from '../../../chaos/compare/comparison.ts'
import { spreadOf } from '../../../chaos/compare/spread.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { matrix, noStore, recovery, replay, store, timeline } from './fixture-behaviour.ts'
import { cost } from './fixture-cost.ts'
import { gate, platforms, startedAt, tell, verdictRows } from './fixture-verdicts.ts'

/**
 * A comparison as `aftershock compare` writes it: `kafka` and `kafka-tiered` three times each, `automq` not run. The
 * numbers are made up, and near enough to real ones to look at; the same call gives the same bytes.
 */
export function aComparison(changes: Partial<Comparison> = {}): Comparison {
  const random = seededRandom('comparison')
  const near = (value: number) =>
    spreadOf([1, 2, 3].map(run => tell(run, value * (0.9 + random.next() * 0.25))))
  const counts = (...values: number[]) => spreadOf(values.map((value, index) => tell(index + 1, value)))
  const both = <T>(kafka: T, tiered: T) => ({ kafka, 'kafka-tiered': tiered })
  const measure = (
    dimension: string,
    name: string,
    label: string,
    subject: string | null,
    unit: Measure['unit'],
    better: Measure['better'],
    [kafka, tiered]: readonly [Spread, Spread],
    key = false,
  ): Measure => ({
    dimension,
    measure: name,
    label,
    subject,
    outsideOf: null,
    unit,
    better,
    key,
    perPlatform: both(kafka, tiered),
  })
  const sustained = 'until service was good and stayed so'
  const net = 'moved between brokers by recovery itself'
  const made: Comparison = {
    format: 1,
    verdict: 'inconclusive',
    reasons: [
      'kafka-tiered: the margin of the replay is not known in run 2.',
      'Kafka with tiered storage: 1 of 3 runs is inconclusive.',
    ],
    drill: {
      drill: 'compare',
      title: 'A broker dies, one is replaced, a zone is cut off, and history is read back under load',
      devices: 1200,
      slowAfterMs: 1000,
    },
    drillSha256: '5b3f0c5e8d0a4d2f9b6c1e7a8f3d2c4b5a69788796a5b4c3d2e1f0a9b8c7d6e5',
    seed: '1',
    asked: 3,
    common: {
      versions: { aftershock: '0.1.0', node: '20.20.2', kafkajs: '2.2.4', toxiproxy: '2.12.0' },
      commit: '9178a11361d35eb70a488120081525b41b525c30',
      contract: 'fleet',
      timeouts: 'tuned',
      driver: 'local',
      zones: ['az-a', 'az-b', 'az-c'],
      machine: { os: 'linux', arch: 'x64', cpuModel: 'AMD EPYC', cpus: 2, memoryBytes: 25_276_514_304 },
    },
    platforms: platforms(),
    verdicts: verdictRows(),
    gates: [
      gate('second-outage', 'second-outage-seconds', null, 'at most 5 s', 's', [
        counts(0, 0, 0),
        counts(0, 1.2, 0),
      ]),
      gate('broker-loss', 'sustained-recovery-seconds', 'kill', 'at most 30 s', 's', [near(3.6), near(3.9)]),
      gate('broker-replacement', 'in-sync-seconds', 'replace', 'at most 60 s', 's', [near(9.2), near(5.1)]),
      gate('durability', 'acked-loss', null, 'at most 0 records', 'records', [
        counts(0, 0, 0),
        counts(0, 0, 0),
      ]),
      gate('oldest-offset-replay', 'replay-margin-records', 'replay', 'at least 0 records', 'records', [
        counts(0, 0, 0),
        spreadOf([
          tell(1, 0),
          { run: 2, value: null, why: 'the log start offset was not asked' },
          tell(3, 0),
        ]),
      ]),
    ],
    measures: [
      measure(
        'broker-loss',
        'sustained-recovery',
        sustained,
        'kill',
        's',
        'less',
        [near(3.6), near(3.9)],
        true,
      ),
      measure('broker-loss', 'unavailable', 'without service on the worst partition', 'kill', 's', 'less', [
        near(4.1),
        near(4.2),
      ]),
      measure(
        'broker-replacement',
        'sustained-recovery',
        sustained,
        'replace',
        's',
        'less',
        [near(4.4), near(4)],
        true,
      ),
      measure(
        'broker-replacement',
        'recovery-bytes-net',
        net,
        'replace',
        'bytes',
        'less',
        [near(41_200_000), near(8_900_000)],
        true,
      ),
      measure(
        'broker-replacement',
        'in-sync',
        'from healing until every replica was in sync',
        'replace',
        's',
        'less',
        [near(9.2), near(5.1)],
        true,
      ),
      measure('zone-loss', 'sustained-recovery', sustained, 'cut', 's', 'less', [near(5.2), near(5.4)], true),
      measure('zone-loss', 'leader-moves', 'leaders that moved', 'cut', 'count', 'neither', [
        near(12),
        near(12),
      ]),
      measure(
        'oldest-offset-replay',
        'replay-seconds',
        'to read the whole history',
        'replay',
        's',
        'less',
        [near(6.1), near(14.8)],
        true,
      ),
      measure(
        'oldest-offset-replay',
        'producer-p99-ratio',
        'producers’ p99 during the replay over before',
        'replay',
        'ratio',
        'less',
        [near(1.7), near(1.4)],
        true,
      ),
      measure(
        'second-outage',
        'second-outage',
        'the longest loss of service after healing',
        null,
        's',
        'less',
        [counts(0, 0, 0), counts(0, 1.2, 0)],
        true,
      ),
      measure(
        'durability',
        'acked-loss',
        'acknowledged records that are not stored',
        null,
        'records',
        'less',
        [counts(0, 0, 0), counts(0, 0, 0)],
        true,
      ),
      measure(
        'resources',
        'broker-cpu',
        'CPU seconds of all brokers per GB acknowledged',
        null,
        's/GB',
        'less',
        [near(410), near(520)],
      ),
      measure(
        'resources',
        'object-store-requests',
        'requests to the object store',
        null,
        'count',
        'neither',
        [
          spreadOf([1, 2, 3].map(run => ({ run, value: null, why: 'the platform has no object store' }))),
          near(412),
        ],
      ),
    ],
    timelines: {
      fromMs: -60_000,
      toMs: 205_000,
      partitions: 18,
      perPlatform: both(timeline('kafka', 0), timeline('kafka-tiered', 1)),
    },
    replayImpact: [
      {
        subject: 'replay',
        perPlatform: both(replay(near, 6.1, 1.7, null), replay(near, 14.8, 1.4, 0.81)),
      },
    ],
    recoveryBytes: [
      recovery('kill', 'broker-kill', 'broker 3 (az-c; leader of telemetry/0)', near, [9e6, 9.4e6]),
      recovery('replace', 'broker-replace', 'broker 2 (az-b)', near, [41.2e6, 8.9e6]),
      recovery('cut', 'zone-cut', 'az-c cut off from az-a, az-b', near, [12.8e6, 12.1e6]),
    ],
    zoneMatrix: both(matrix(near, false), matrix(near, true)),
    cost: cost(near),
    objectStore: both(noStore(), store(near)),
    fairness: {
      same: [
        { what: 'drill', value: 'compare, SHA-256 5b3f0c5e…' },
        { what: 'seed', value: '1' },
        { what: 'clients', value: 'kafkajs 2.2.4, 1200 devices, 2 gateways a zone, linger 100 ms, acks -1' },
        { what: 'machine', value: 'AMD EPYC, 2 CPUs, 25.3 GB, linux x64' },
      ],
      differs: [
        {
          what: 'platform software',
          perPlatform: both(
            'Apache Kafka 4.3.1',
            'Apache Kafka 4.3.1, remote log in the lab’s reference store',
          ),
          matters: 'This is what is compared.',
        },
        {
          what: 'load of the machine at the start of a run',
          perPlatform: both('0.4 to 1.1', '0.5 to 2.3'),
          matters: 'A busy machine makes times longer.',
        },
      ],
      toolBottlenecks: [
        {
          platform: 'kafka-tiered',
          run: 2,
          what: 'the load generator was late',
          value: '312 ms',
          limit: '200 ms',
        },
      ],
      order: {
        rule: 'In rounds, each of which begins one platform later than the one before.',
        interleaved: true,
        runs: [
          ['kafka', 1],
          ['kafka-tiered', 1],
          ['kafka-tiered', 2],
          ['kafka', 2],
          ['kafka', 3],
          ['kafka-tiered', 3],
        ].map(([platform, run], index) => ({
          platform: platform as 'kafka',
          run: run as number,
          startedAt: startedAt(index),
        })),
      },
      warmUp: (['kafka', 'kafka-tiered'] as const).flatMap(platform =>
        [1, 2, 3].map(run => ({
          platform,
          run,
          askedMs: 45_000,
          loadedMs: 62_000 + run * 700,
          steadyMs: 15_200,
          youngestBrokerMs: 71_000 + run * 900,
          recordsBefore: 86_000 + run * 1200,
          enough: true,
          why: null,
        })),
      ),
    },
    configuration: {
      why: null,
      perPlatform: both({ sha256: 'a1'.repeat(32), settings: 61 }, { sha256: 'b2'.repeat(32), settings: 74 }),
      same: 60,
      differs: [
        { setting: 'JVM -Xmx', perPlatform: both('256m', '320m') },
        {
          setting: 'server.properties remote.log.storage.manager.class.name',
          perPlatform: { 'kafka-tiered': 'aftershock.tieredstore.S3RemoteStorageManager' },
        },
        { setting: 'topic telemetry: segment.bytes', perPlatform: { 'kafka-tiered': '1048576' } },
      ],
    },
    notRun: [
      {
        platform: 'automq',
        name: 'AutoMQ',
        reason: 'no AutoMQ distribution is on this machine',
        hint: 'aftershock compare … --automq-dist automq-1.6.5.tgz',
      },
    ],
    limits: [
      'All zones were on one machine: their latency and their hardware are the lab’s, not a region’s.',
      'With 3 runs the interval of a median holds it three times in four.',
    ],
  }
  return comparisonFile.parse({ ...made, ...changes })
}
