/** Environments on AWS by their file alone, deployed or not: what a drill is checked against before anything is paid for. */
export { type PlannedPlace, plannedDrill, plannedOutline, refusalsBefore } from './aws/planned-environment.ts'
export { refuseIf } from './aws/guards.ts'
