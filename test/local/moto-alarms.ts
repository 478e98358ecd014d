import type { Moto } from './moto.ts'

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'

/** Makes the alarm, unless it is there, and puts it into that state. */
export async function setAlarm(moto: Moto, AlarmName: string, StateValue: AlarmState): Promise<void> {
  await moto.query('monitoring', '2010-08-01', 'PutMetricAlarm', {
    AlarmName,
    Namespace: 'Aftershock/mine/fleet',
    MetricName: 'AckedRecords',
    Statistic: 'Sum',
    Period: '60',
    EvaluationPeriods: '1',
    Threshold: '1',
    ComparisonOperator: 'LessThanThreshold',
  })
  await moto.query('monitoring', '2010-08-01', 'SetAlarmState', {
    AlarmName,
    StateValue,
    StateReason: 'the test has it so',
  })
}
