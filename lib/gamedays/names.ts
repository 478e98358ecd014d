/** Of one environment. The first two are as `chaos/drivers/aws/chaos-lock.ts` has them. */
export const lockParameter = (environment: string): string => `/aftershock/${environment}/chaos/lock`
export const switchParameter = (environment: string): string => `/aftershock/${environment}/chaos/switch`
/** Where a runner finds what it is to do, with the token to answer with; as `chaos/gameday/attend/day-task.ts` reads it. */
export const taskParameter = (environment: string): string => `/aftershock/${environment}/game-days/task`
/** Approvals of days, by the day; as `aftershock gameday approve --environment` puts them. */
export const approvalParameter = (environment: string, day: string): string =>
  `/aftershock/${environment}/game-days/approvals/${day}`
/** Where somebody who approves finds the token of the day that waits for it. */
export const waitingParameter = (environment: string, day: string): string =>
  `/aftershock/${environment}/game-days/waiting/${day}`
/** Schedules of days, each by the name of its day; as `aftershock gameday list --environment` reads them. */
export const dayGroup = (environment: string): string => `aftershock-${environment}-game-days`
/** Schedules that heal, one for each day that runs. */
export const deadManGroup = (environment: string): string => `aftershock-${environment}-dead-men`
/** Of machines that run days: by it they are found when they are to go. */
export const RUNNER_TAG = 'game-day-runner'
/** What a lock says of a day's run once it is being healed: from then on the runner may break nothing any more. */
export const HEALING_SUFFIX = ':healing'
