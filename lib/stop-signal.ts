/** Of the alarm of a zone; as `chaos/drivers/aws/alarm-watch.ts` asks for it. */
export const stopSignalName = (environment: string, zone: string): string =>
  `aftershock-${environment}-stop-${zone}`
