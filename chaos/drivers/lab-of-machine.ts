import { standingLab } from './local/lab/standing-lab.ts'
import { findLibrdkafka } from './local/setup/librdkafka.ts'
import { ensureProbeClients } from './local/setup/probe-clients.ts'

export type { LabStatus, LabUp } from './local/lab/lab-status.ts'

/** Clients in other languages that try what a platform can do: what this machine has of them, and what can be fetched. */
export const otherClients = { findLibrdkafka, ensureProbeClients }

/** The lab of this machine that stays between runs, which no other environment has. */
export const lab = standingLab
