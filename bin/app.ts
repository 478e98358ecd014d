#!/usr/bin/env node
import { App } from 'aws-cdk-lib'
import type { Drill } from '../chaos/core/drill.ts'
import type { DayFiles } from '../chaos/gameday/day-files.ts'
import { AftershockError } from '../chaos/core/errors.ts'
import { EnvironmentError } from '../lib/environment-source.ts'
import { environmentFile, environmentNames, loadEnvironment } from '../lib/environment.ts'
import { environmentStacks } from '../lib/environment-stacks.ts'

/**
 * `-c environment=<name or path>` chooses the environment; `-c absent=kafka-2` leaves a slot empty; `-c
 * removeAt=2026-12-01T18:00:00` has it removed at that time (UTC) and not at the end of the day on which it expires; `-c
 * armed=true` lets drills run there from the beginning; what cdk.json says of the evidence can be another for once: `-c evidenceRetentionDays=7`; `-c drills=zone-cut,broker-stop`
 * makes these drills experiments of FIS, in a stack of their own; `-c gamedays=gamedays.yaml` has the days of a calendar that
 * are in this environment begin by themselves, from a stack of their own.
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
  const config = loadEnvironment(name)
  environmentStacks(app, config, {
    absent: context('absent')?.split(',') ?? [],
    removeAt: timeOf(context('removeAt')),
    armed: context('armed') === 'true',
    drills: await drillsOf(context('drills')),
    gameDays: await gameDaysOf(context('gamedays'), config.environment),
  })
} catch (error) {
  process.exitCode = 65
  if (error instanceof AftershockError) process.stderr.write(`${error.message}\n`)
  else process.stderr.write(`${environmentFile(name ?? '')}: its stacks cannot be made: ${stackOf(error)}\n`)
}

function timeOf(removeAt: string | undefined): string | undefined {
  if (removeAt === undefined || /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(removeAt)) return removeAt
  throw new EnvironmentError([`removeAt=${removeAt}: expected a time in UTC such as 2026-12-01T18:00:00`])
}

/** Loaded only when drills are named. */
async function drillsOf(names: string | undefined): Promise<Drill[]> {
  if (names === undefined) return []
  const { loadDrill } = await import('../chaos/drill/load-drill.ts')
  return Promise.all(names.split(',').map(async drill => (await loadDrill(drill)).drill))
}

/** Loaded only when a calendar is named. */
async function gameDaysOf(calendar: string | undefined, environment: string): Promise<DayFiles | undefined> {
  if (calendar === undefined) return undefined
  const { dayFiles } = await import('../chaos/gameday/day-files.ts')
  return dayFiles(calendar, environment)
}

function choices(): string {
  return `<one of ${environmentNames().join(', ')}, or the path of a file>`
}

/** The file passed its checks, so it is these that lack something: whoever mends them wants to know where. */
function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
