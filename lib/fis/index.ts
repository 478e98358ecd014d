/**
 * AWS Fault Injection Service as constructs: an `Experiment` made of `Action`s on `Target`s, with `StopCondition`s. It knows
 * nothing of the rest of this repository and can be copied out of it. docs/fis.md
 */
export { Action, type ActionProps } from './action.ts'
export { CATALOGUE, type ActionId, type ParametersOf, type TargetTypeOf } from './catalogue/index.ts'
export { Experiment, type ExperimentProps } from './experiment.ts'
export { ExperimentLog, ExperimentReport, type ExperimentReportProps } from './experiment-output.ts'
export { RESOURCE_TYPES, type ResourceType } from './resource-type.ts'
export { StopCondition } from './stop-condition.ts'
export {
  type ArnTargetProps,
  Selection,
  type TagTargetProps,
  Target,
  type TargetFilter,
} from './target.ts'
