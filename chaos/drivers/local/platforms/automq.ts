import { AftershockError } from '../../../core/errors.ts'
import { ALLOW_STAND_IN, AUTOMQ_HOW_TO_GET } from '../../../platforms/automq/release.ts'
import { platformOf } from '../../../platforms/index.ts'
import { autoMqSoftware } from '../nodes/automq-node.ts'
import { DATA_BUCKET, OPS_BUCKET, STORE_REGION } from '../store/store-runtime.ts'
import { autoMqPlatformSoftware, ensureAutoMq } from '../setup/automq.ts'
import type { LocalPlatform } from './local-platform.ts'
import { STORE_ENDPOINT } from './store-endpoint.ts'

/** AutoMQ from a distribution that the user brings, with its zone router or without. */
export const localAutoMq: LocalPlatform = {
  async install({ platform, automqDist }, options) {
    const distribution = await ensureAutoMq({ dist: automqDist, cwd: process.cwd() }, options)
    // A run on a stand-in, where one is allowed, says so wherever it names the platform.
    if (distribution.kind === 'stand-in' && options.env?.[ALLOW_STAND_IN] !== '1') {
      throw new AftershockError('unavailable', `${distribution.home} is not AutoMQ`, {
        hint: `${distribution.notes.join(' ')} ${AUTOMQ_HOW_TO_GET} To try the lab with this one, set ${ALLOW_STAND_IN}=1: every report then says that it is not AutoMQ.`,
      })
    }
    const software = autoMqPlatformSoftware(distribution, platformOf(platform).routesByZone)
    return {
      platform,
      software: { ...software, version: distribution.version },
      tier: null,
      home: distribution.home,
    }
  },

  nodes(layout, { clusterId, timeouts, platform, store, hasAuthorizer }) {
    if (platform.home === null || !store)
      throw new AftershockError('internal', 'AutoMQ has a folder and a store')
    const { accessKeyId, secretAccessKey } = store
    return autoMqSoftware({
      layout,
      state: { clusterId, timeouts, ...(hasAuthorizer && { hasAuthorizer }) },
      distribution: { home: platform.home },
      zoneRouter: platformOf(platform.platform).routesByZone,
      store: {
        endpoint: STORE_ENDPOINT,
        dataBucket: DATA_BUCKET,
        opsBucket: OPS_BUCKET,
        region: STORE_REGION,
        accessKeyId,
        secretAccessKey,
      },
    })
  },
}
