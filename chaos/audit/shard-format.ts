import { AftershockError } from '../core/errors.ts'
import { type HistoryLine, historyLine } from '../record/history.ts'
import { explain, parseJson } from './history-format.ts'

/**
 * A line, checked by the schema. What is usual never comes here: see `ShardScanner`.
 * @throws AftershockError `input` that names the line.
 */
export function parseShardLine(text: string, where: string): HistoryLine {
  const parsed = parseJson(text, where)
  const result = historyLine.safeParse(parsed)
  if (result.success) return result.data
  throw new AftershockError('input', `${where}: ${explain(result.error)}`, {
    hint: 'The shard was not written by this version, or was changed since.',
  })
}
