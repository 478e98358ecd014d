/** Names that a rendered experiment and the stack have in common. */

/** Of metric math: an alarm of alarms is documented nowhere as a stop condition. */
export const stopAlarmName = (environment: string, zone: string): string =>
  `aftershock-${environment}-experiments-${zone}`

export const experimentLogGroup = (environment: string): string => `/aftershock/${environment}/experiments`
