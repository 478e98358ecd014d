#!/usr/bin/env node
import { App } from 'aws-cdk-lib'
import { EnvironmentError, loadEnvironment } from '../lib/environment.ts'
import { environmentStacks } from '../lib/environment-stacks.ts'

/** `-c environment=<name>` chooses the environment; `-c absent=kafka-2` leaves a slot empty. */
const app = new App()
const context = (key: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(key)
  return typeof value === 'string' ? value : undefined
}

try {
  const config = loadEnvironment(context('environment') ?? 'kafka')
  environmentStacks(app, config, { absent: context('absent')?.split(',') ?? [] })
} catch (error) {
  if (!(error instanceof EnvironmentError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 65
}
