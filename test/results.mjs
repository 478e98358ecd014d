import { readFileSync } from 'node:fs'

const LINES_SHOWN = 12

/** What is written down of a failure: by the reporter of each run of tests, for the end of all of them. */
export function failureOf(test, error) {
  return {
    file: test.file ?? test.parent?.file ?? '',
    title: test.titlePath().join(' › '),
    isHook: test.type === 'hook',
    message: String(error?.message || error?.stack || error),
  }
}

/**
 * Adds up what the runs of tests wrote down. A step that failed without a test that did counts as one failure.
 * @param failed the steps that failed: `{ name, printed }`, where `printed` is undefined if it was shown at once
 * @returns `failures`, told again since a log of hours may have lost them, and the `last` line
 */
export function addUp(counts, failed) {
  const runs = readLines(counts).map(line => JSON.parse(line))
  const sum = name => runs.reduce((total, run) => total + run[name], 0)
  const broken = failed.filter(({ name }) => !runs.some(run => run.step === name && run.failures > 0))
  const told = [...runs.flatMap(run => run.failed).map(describeFailure), ...broken.map(describeStep)]
  const steps = failed.map(({ name }) => name).join(', ')
  return {
    failures: failed.length > 0 ? [`--- failed: ${steps}`, ...told, ''].join('\n') : '',
    last: `${sum('passes')} passed, ${sum('failures') + broken.length} failed, ${sum('pending')} skipped`,
    isWhole: runs.length > 0,
  }
}

function describeFailure({ file, title, isHook, message }) {
  return `\n${file}: ${title}${isHook ? ' (a hook: the tests that it is for did not run)' : ''}\n${shorten(message)}`
}

function describeStep({ name, printed }) {
  return `\n${name}\n${shorten(printed ?? 'it ended without a count of its tests; what it printed is above')}`
}

function shorten(text) {
  const lines = text.trim().split('\n')
  const shown = lines.slice(0, LINES_SHOWN)
  if (lines.length > LINES_SHOWN) shown.push(`… ${lines.length - LINES_SHOWN} more lines above`)
  return shown.map(line => `    ${line}`).join('\n')
}

function readLines(file) {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}
