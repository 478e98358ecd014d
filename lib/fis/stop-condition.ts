import type { CfnExperimentTemplate } from 'aws-cdk-lib/aws-fis'

/** What ends an experiment before its time. */
export class StopCondition {
  /** Null for none. */
  readonly alarmArn: string | null

  private constructor(alarmArn: string | null) {
    this.alarmArn = alarmArn
  }

  /**
   * The experiment stops when the alarm goes off, and does not start while it is in alarm. AWS documents alarms of metrics,
   * of metric math too; that it takes composite alarms is documented nowhere.
   */
  static alarm({ alarmArn }: { readonly alarmArn: string }): StopCondition {
    return new StopCondition(alarmArn)
  }

  /** Nothing stops it but its end and people. It has to be said, so that it is never forgotten. */
  static none(): StopCondition {
    return new StopCondition(null)
  }

  /** @internal */
  render(): CfnExperimentTemplate.ExperimentTemplateStopConditionProperty {
    return this.alarmArn === null
      ? { source: 'none' }
      : { source: 'aws:cloudwatch:alarm', value: this.alarmArn }
  }
}
