import { PLATFORMS } from '../platforms/index.ts'
import { ALLOW_STAND_IN } from '../platforms/automq/release.ts'
import type { Finding } from './finding.ts'
import type { MachineFacts } from './machine.ts'
import { autoMqRemedy, NO_REMEDY } from './remedies.ts'

const CHECK = 'AutoMQ'
const autoMqNames = PLATFORMS.filter(({ options }) => options.includes('automqDist')).map(({ name }) => name)
const ONLY = `only the platforms ${autoMqNames.join(' and ')} need it, and it is on no package registry`

/** Whether this machine has AutoMQ. Never `lacking`: everything else runs without it. */
export function autoMqFinding({ automq }: Pick<MachineFacts, 'automq'>): Finding {
  if (automq === null)
    return { check: CHECK, state: 'absent', found: 'not found', note: ONLY, mend: autoMqRemedy }
  if ('flaw' in automq)
    return {
      check: CHECK,
      state: 'absent',
      found: 'not a distribution',
      note: `${automq.flaw}; ${ONLY}`,
      mend: autoMqRemedy,
    }
  const { home, version, kafkaVersion, kind } = automq
  if (kind === 'stand-in')
    return {
      check: CHECK,
      state: 'absent',
      found: `a stand-in (${home})`,
      note: `AUTOMQ_HOME has AutoMQ's layout, but its jars do not hold AutoMQ: runs refuse it, unless ${ALLOW_STAND_IN}=1 allows it for trying the lab, and every report then says so; ${ONLY}`,
      mend: autoMqRemedy,
    }
  return {
    check: CHECK,
    state: 'ok',
    found: `${version} on Kafka ${kafkaVersion} (${home})`,
    note: null,
    mend: NO_REMEDY,
  }
}
