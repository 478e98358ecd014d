#!/usr/bin/env node
import { App } from 'aws-cdk-lib'
import { EnvironmentError } from '../lib/environment-source.ts'
import { environmentFile, environmentNames, loadEnvironment } from '../lib/environment.ts'
import { environmentStacks } from '../lib/environment-stacks.ts'

/**
 * `-c environment=<name or path>` chooses the environment; `-c absent=kafka-2` leaves a slot empty; what cdk.json says of the
 * evidence can be another for once: `-c evidenceRetentionDays=7`.
 */
const app = new App()
const context = (key: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(key)
  return typeof value === 'string' ? value : undefined
}

const name = context('environment')
try {
  // No default: a mistyped key of the context would deploy whichever that is.
  if (name === undefined)
    throw new EnvironmentError([`no environment was named; expected -c environment=${choices()}`])
  environmentStacks(app, loadEnvironment(name), { absent: context('absent')?.split(',') ?? [] })
} catch (error) {
  process.exitCode = 65
  if (error instanceof EnvironmentError) process.stderr.write(`${error.message}\n`)
  else process.stderr.write(`${environmentFile(name ?? '')}: its stacks cannot be made: ${stackOf(error)}\n`)
}

function choices(): string {
  return `<one of ${environmentNames().join(', ')}, or the path of a file>`
}

/** The file passed its checks, so it is these that lack something: whoever mends them wants to know where. */
function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
