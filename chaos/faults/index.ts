import { AftershockError } from '../core/errors.ts'
import { badFirmware } from './bad-firmware.ts'
import { brokerHang } from './broker-hang.ts'
import { brokerKill } from './broker-kill.ts'
import { brokerReplace } from './broker-replace.ts'
import { brokerStop } from './broker-stop.ts'
import { clientsCrash } from './clients-crash.ts'
import { configRollback } from './config-rollback.ts'
import { connectorRestart } from './connector-restart.ts'
import { connectorTaskFail } from './connector-task-fail.ts'
import { connectWorkerHang } from './connect-worker-hang.ts'
import { connectWorkerKill } from './connect-worker-kill.ts'
import type { Fault } from './fault.ts'
import { gatewayOutage } from './gateway-outage.ts'
import { hook } from './hook.ts'
import { linkBandwidth } from './link-bandwidth.ts'
import { linkLatency } from './link-latency.ts'
import { linkReset } from './link-reset.ts'
import { processorHang } from './processor-hang.ts'
import { processorKill } from './processor-kill.ts'
import { processorStateLoss } from './processor-state-loss.ts'
import { mirrorKill } from './mirror-kill.ts'
import { mirrorPause } from './mirror-pause.ts'
import { regionCut } from './region-cut.ts'
import { regionLinkBandwidth } from './region-link-bandwidth.ts'
import { regionLinkLatency } from './region-link-latency.ts'
import { s3ErrorOnce } from './s3-error-once.ts'
import { s3Latency } from './s3-latency.ts'
import { s3Outage } from './s3-outage.ts'
import { s3Throttle } from './s3-throttle.ts'
import { schemaMistake } from './schema-mistake.ts'
import { sinkOutage } from './sink-outage.ts'
import { sinkSlow } from './sink-slow.ts'
import { zoneCut } from './zone-cut.ts'

/** Every fault by its kind, which is its file's name and its name in drills. */
export const FAULTS: ReadonlyMap<string, Fault> = new Map(
  [
    badFirmware,
    brokerHang,
    brokerKill,
    brokerReplace,
    brokerStop,
    clientsCrash,
    configRollback,
    gatewayOutage,
    hook,
    connectorRestart,
    connectorTaskFail,
    connectWorkerHang,
    connectWorkerKill,
    linkBandwidth,
    linkLatency,
    linkReset,
    mirrorKill,
    mirrorPause,
    processorHang,
    processorKill,
    processorStateLoss,
    regionCut,
    regionLinkBandwidth,
    regionLinkLatency,
    s3ErrorOnce,
    s3Latency,
    s3Outage,
    s3Throttle,
    schemaMistake,
    sinkOutage,
    sinkSlow,
    zoneCut,
  ].map(fault => [fault.kind, fault]),
)

export function faultOf(kind: string): Fault {
  const fault = FAULTS.get(kind)
  if (!fault) throw new AftershockError('internal', `no fault is called ${kind}`)
  return fault
}
