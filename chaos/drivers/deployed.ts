/** What is done to a deployed environment by hand, beside drills, and what its machines run. */
export { breakAndHeal, type Deed, foresee } from './aws/break-and-heal.ts'
export { type AgentOptions, startAgent } from './aws/agent/agent-server.ts'
export { AGENT_PORT } from './aws/agent/agent-protocol.ts'
export { StoreWay } from './aws/agent/store-way.ts'
export { type Healing, healStanding, type Standing, standing } from './aws/standing.ts'
export type { Place } from './aws/guards.ts'
