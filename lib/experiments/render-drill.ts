import { App } from 'aws-cdk-lib'
import type { Drill } from '../../chaos/core/drill.ts'
import { loadEnvironment } from '../environment.ts'
import { environmentStacks } from '../environment-stacks.ts'
import { experimentJson, type ExperimentJsonOptions } from './experiment-json.ts'
import { type DrillExperiment, experimentOfDrill } from './experiment-of-drill.ts'

/** A drill as a template of FIS for one environment, from its file: nothing is deployed or asked for. */
export interface RenderedDrill extends DrillExperiment {
  readonly template: object
}

/** @throws EnvironmentError when the environment's file is wrong */
export function renderDrill(
  drill: Drill,
  environment: string,
  options: Omit<ExperimentJsonOptions, 'config'>,
): RenderedDrill {
  const config = loadEnvironment(environment)
  const { chaosTargets } = environmentStacks(new App(), config)
  const experiment = experimentOfDrill(drill, { config, targets: chaosTargets })
  return { ...experiment, template: experimentJson(experiment, { config, ...options }) }
}
