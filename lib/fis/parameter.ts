import { Duration, Token } from 'aws-cdk-lib'

/** A parameter of an action: which values it takes, and how the API has them, which is always as a text. */
export interface Parameter<T, Optional extends boolean = boolean> {
  readonly isOptional: Optional
  /** Completes the sentence "expected …". */
  readonly expects: string
  readonly accepts: (value: T) => boolean
  readonly text: (value: T) => string
}

/** By name. */
export type Parameters = Readonly<Record<string, Parameter<never>>>

type ValueOf<P> = P extends Parameter<infer T> ? T : never
type RequiredOf<P> = { [K in keyof P]: P[K] extends Parameter<never, true> ? never : K }[keyof P]
type OptionalOf<P> = { [K in keyof P]: P[K] extends Parameter<never, true> ? K : never }[keyof P]

/** What somebody gives for the parameters `P`. */
export type ValuesOf<P> = { readonly [K in RequiredOf<P>]: ValueOf<P[K]> } & {
  readonly [K in OptionalOf<P>]?: ValueOf<P[K]>
}

/** The same parameter, which may be left out. */
export function optional<T>(parameter: Parameter<T, false>): Parameter<T, true> {
  return { ...parameter, isOptional: true }
}

/** What is only known when it is deployed is not checked. */
const isKnown = (value: unknown) => !Token.isUnresolved(value)

const TWELVE_HOURS = Duration.hours(12)

/** @param least @default one minute, the least of most actions */
export function duration(
  least: Duration = Duration.minutes(1),
  most: Duration = TWELVE_HOURS,
): Parameter<Duration, false> {
  return {
    isOptional: false,
    expects: `a duration from ${least.toIsoString()} to ${most.toIsoString()}`,
    accepts: value =>
      value.toMilliseconds() >= least.toMilliseconds() && value.toMilliseconds() <= most.toMilliseconds(),
    text: value => value.toIsoString(),
  }
}

export function number(least: number, most: number, unit = ''): Parameter<number, false> {
  return {
    isOptional: false,
    expects: `a number from ${least} to ${most}${unit}`,
    accepts: value => !isKnown(value) || (value >= least && value <= most),
    text: String,
  }
}

export function wholeNumber(least: number, most: number): Parameter<number, false> {
  return {
    isOptional: false,
    expects: `a whole number from ${least} to ${most}`,
    accepts: value => !isKnown(value) || (Number.isInteger(value) && value >= least && value <= most),
    text: String,
  }
}

export const percentage = wholeNumber(1, 100)

export function choice<const C extends string>(...choices: readonly C[]): Parameter<C, false> {
  return {
    isOptional: false,
    expects: `one of ${choices.join(', ')}`,
    accepts: value => !isKnown(value) || choices.includes(value),
    text: value => value,
  }
}

export const flag: Parameter<boolean, false> = {
  isOptional: false,
  expects: 'true or false',
  accepts: () => true,
  text: String,
}

/** Documents of Systems Manager spell it this way. */
export const pythonFlag: Parameter<boolean, false> = { ...flag, text: value => (value ? 'True' : 'False') }

export const text: Parameter<string, false> = {
  isOptional: false,
  expects: 'a text that is not empty',
  accepts: value => value !== '',
  text: value => value,
}

export const arn: Parameter<string, false> = {
  isOptional: false,
  expects: 'an ARN',
  accepts: value => !isKnown(value) || value.startsWith('arn:'),
  text: value => value,
}

/** In the API with commas between them. */
export function list<const C extends string = string>(
  most: number = Number.POSITIVE_INFINITY,
  choices?: readonly C[],
): Parameter<readonly C[], false> {
  const of = choices ? ` of ${choices.join(', ')}` : ''
  return {
    isOptional: false,
    expects: `a list of ${Number.isFinite(most) ? `1 to ${most}` : 'at least one'}${of}`,
    accepts: values =>
      values.length > 0 &&
      values.length <= most &&
      values.every(value => value !== '' && (!choices || !isKnown(value) || choices.includes(value))),
    text: values => values.join(','),
  }
}

/** What a document of Systems Manager is given. In the API a text of JSON. */
export const documentParameters: Parameter<Readonly<Record<string, string | readonly string[]>>, false> = {
  isOptional: false,
  expects: 'a map of texts or lists of texts',
  accepts: value =>
    Object.values(value).every(one =>
      (Array.isArray(one) ? one : [one]).every(item => typeof item === 'string'),
    ),
  text: value => JSON.stringify(value),
}
