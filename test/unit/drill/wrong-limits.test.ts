import { eachIsNamed, gates, type WrongDrill } from './named-mistakes.ts'

const WRONG: readonly WrongDrill[] = [
  {
    it: 'refuses outsideOf where a gate is about all zones',
    wrong: gates('{ gate: acked-loss, atMost: 0, outsideOf: «az-c }'),
    right: gates('{ gate: unavailable-seconds, atMost: 0, outsideOf: az-c }'),
    says: ' gates[0].outsideOf: acked-loss is about all zones and takes no outsideOf: leave it out',
  },
  {
    it: 'refuses of where a gate is about the whole run',
    wrong: gates('{ gate: acked-loss, atMost: 0, of: «zone-cut-1 }'),
    right: gates('{ gate: in-sync-seconds, atMost: 0, of: zone-cut-1 }'),
    says: ' gates[0].of: acked-loss is about the whole run and takes no of: leave it out',
  },
  {
    it: 'refuses a gate that can never hold',
    wrong: gates('{ gate: sustained-recovery-seconds, atMost: «-1 }'),
    right: gates('{ gate: sustained-recovery-seconds, atMost: 1 }'),
    says: ' gates[0].atMost: sustained-recovery-seconds is never below 0: this can never hold',
    example: 'atMost: 0',
  },
  {
    it: 'refuses a gate below nothing',
    wrong: gates('{ gate: acked-loss, below: «0 }'),
    right: gates('{ gate: acked-loss, below: 1 }'),
    says: ' gates[0].below: acked-loss is never below 0: this can never hold',
  },
  {
    it: 'refuses a gate that always holds',
    wrong: gates('{ gate: unavailable-seconds, above: «-1 }'),
    right: gates('{ gate: unavailable-seconds, above: 0 }'),
    says: ' gates[0].above: unavailable-seconds is never below 0: this always holds',
  },
  {
    it: 'refuses a number that no other can be told from',
    wrong: gates('{ gate: acked-loss, atMost: «99999999999999999999999 }'),
    right: gates('{ gate: acked-loss, atMost: 9007199254740991 }'),
    says: ' gates[0].atMost: 1e+23 is beyond 9007199254740991, the largest number that can be compared',
  },
  {
    it: 'refuses half a record',
    wrong: gates('{ gate: acked-loss, atMost: «0.5 }'),
    right: gates('{ gate: unavailable-seconds, atMost: 0.5 }'),
    says: ' gates[0].atMost: acked-loss counts: 0.5 is no whole number',
  },
  {
    it: 'refuses the same gate on the same thing twice',
    wrong: gates('{ gate: acked-loss, atMost: 0 }', '{ gate: «acked-loss, atMost: 5 }'),
    right: gates('{ gate: in-sync-seconds, atLeast: 1 }', '{ gate: in-sync-seconds, atMost: 5 }'),
    says: ' gates[1].gate: gates[0] is about acked-loss of the same thing already: at most 0',
  },
  {
    it: 'refuses gates that cannot both hold',
    wrong: gates('{ gate: acked-loss, atLeast: 9 }', '{ gate: acked-loss, atMost: «0 }'),
    right: gates('{ gate: acked-loss, atLeast: 0 }', '{ gate: acked-loss, atMost: 0 }'),
    says: ' gates[1].atMost: at most 0 and gates[0], at least 9, cannot both hold',
  },
  {
    it: 'refuses a condition that can never hold',
    wrong: { steadyState: '{ probe: produce-p99-ms, atMost: «-250 }' },
    right: { steadyState: '{ probe: produce-p99-ms, atMost: 250 }' },
    says: ' steadyState[0].atMost: produce-p99-ms is never below 0: this can never hold',
  },
  {
    it: 'refuses a baseline for what has none',
    wrong: { steadyState: '«{ probe: nodes-answering, atMostTimesBaseline: 2 }' },
    right: { steadyState: '{ probe: produce-p99-ms, atMostTimesBaseline: 2 }' },
    says: ' steadyState[0]: atMostTimesBaseline is for produce-p50-ms and produce-p99-ms, alone or with atMost as its cap',
  },
]

describe('a limit in a drill', () => {
  eachIsNamed(WRONG)
})
