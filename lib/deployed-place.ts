import { usesSharedStorage } from '../chaos/platforms/index.ts'
import { authorityParameter, passwordSecret } from './certificate-names.ts'
import { platformIn } from './environment.ts'
import { stopSignalName } from './stop-signal.ts'
import type { EnvironmentConfig } from './environment-schema.ts'

/**
 * What drills have to know of a deployed environment, from its file: as `chaos/commands/deployed-environment.ts` has it.
 * Whoever has no such file, as the runner of game days, is given this.
 */
export function deployedPlace(config: EnvironmentConfig) {
  const platform = platformIn(config)
  const logsIn = config.security === 'sasl-scram'
  return {
    environment: config.environment,
    platform,
    account: config.account ?? null,
    region: config.region,
    zones: Object.keys(config.zones),
    cidr: config.network.cidr,
    window: config.drillWindow ?? null,
    brokersPerZone: config.brokers.perZone,
    logsIn,
    hasOwnVoters: config.controllers !== undefined,
    withoutAgents:
      config.fleet.host === 'fargate' ? ['tasks of Fargate, from which clients would connect'] : [],
    /** By zone. */
    alarms: Object.fromEntries(
      Object.keys(config.zones).map(zone => [zone, stopSignalName(config.environment, zone)]),
    ),
    operator: logsIn
      ? {
          principal: 'admin',
          passwordSecret: passwordSecret(config, 'admin'),
          authority: config.tls ? { pem: config.tls.authority } : { parameter: authorityParameter(config) },
          brokersHaveNames: !usesSharedStorage(platform),
        }
      : null,
  }
}
