/** As `lib/gamedays/names.ts` deploys them. */
export const approvalParameter = (environment: string, day: string): string =>
  `/aftershock/${environment}/game-days/approvals/${day}`
export const waitingParameter = (environment: string, day: string): string =>
  `/aftershock/${environment}/game-days/waiting/${day}`
export const dayGroup = (environment: string): string => `aftershock-${environment}-game-days`
