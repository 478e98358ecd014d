import { AftershockError } from '../core/errors.ts'

/**
 * The options of the login module in a `sasl.jaas.config`: `Module required name="value" …;`.
 * @throws AftershockError `input` when it is none; nothing of it is in the message, since it holds a password
 */
export function jaasOptions(text: string): ReadonlyMap<string, string> {
  const trimmed = text.trim()
  if (trimmed === '') return new Map()
  const whole = /^[\w.$]+\s+(?:required|requisite|sufficient|optional)\b(.*);$/s.exec(trimmed)
  const rest = whole?.[1]
  if (rest === undefined) throw broken()
  const options = new Map<string, string>()
  const left = rest.replaceAll(
    /([\w.]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s"';]+))/gs,
    (_all, name: string, double?: string, single?: string, bare?: string) => {
      options.set(name, (double ?? single)?.replaceAll(/\\(.)/gs, '$1') ?? bare ?? '')
      return ''
    },
  )
  if (left.trim() !== '') throw broken()
  return options
}

const broken = (): AftershockError =>
  new AftershockError('input', 'client properties: sasl.jaas.config is no login module with its options', {
    hint: 'for example org.apache.kafka.common.security.plain.PlainLoginModule required username="…" password="…"; (the semicolon belongs to it)',
  })
