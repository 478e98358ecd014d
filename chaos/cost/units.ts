/**
 * A type each for what is counted, held and paid, so that bytes are never charged as gigabytes, nor a price per
 * hour taken for one per month. They are plain numbers at run time: only the compiler tells them apart.
 */
declare const unit: unique symbol

export type Quantity<U extends string> = number & { readonly [unit]: U }
/** US dollars for one of the unit. */
export type Price<U extends string> = Quantity<`USD per ${U}`>

export type Bytes = Quantity<'byte'>
export type Seconds = Quantity<'second'>
export type Hours = Quantity<'hour'>
export type Months = Quantity<'month'>
export type BytesPerSecond = Quantity<'byte per second'>
/** A gigabyte as the bill counts it: see `Conventions`. */
export type Gigabytes = Quantity<'GB'>
export type GbMonths = Quantity<'GB-month'>
export type Requests = Quantity<'request'>
export type Usd = Quantity<'USD'>

const of =
  <U extends string>() =>
  (value: number): Quantity<U> =>
    value as Quantity<U>

/** The only places where a bare number gets its unit. */
export const bytes = of<'byte'>()
export const seconds = of<'second'>()
export const hours = of<'hour'>()
export const months = of<'month'>()
export const bytesPerSecond = of<'byte per second'>()
export const gigabytes = of<'GB'>()
export const gbMonths = of<'GB-month'>()
export const requests = of<'request'>()
/** A mebibyte a second of provisioned disk throughput, for a month. */
export const mibpsMonths = of<'MiBps-month'>()
export const usd = of<'USD'>()

export const MIB = 1048576
export const GIB = 1073741824
export const BYTES_PER_MB = 1e6

/**
 * Two things that published comparisons mix (even within one table): how long a month is, and whether a GB is
 * 10⁹ or 2³⁰ bytes. A bill has one answer to each.
 */
export interface Conventions {
  readonly hoursPerMonth: number
  readonly bytesPerGb: 1e9 | 1073741824
}

/** @default a month of 730 h (8,760 h a year) and decimal gigabytes, as in the rest of this program. */
export const CONVENTIONS: Conventions = { hoursPerMonth: 730, bytesPerGb: 1e9 }

export function plus<U extends string>(a: Quantity<U>, b: NoInfer<Quantity<U>>): Quantity<U> {
  return (a + b) as Quantity<U>
}

export function minus<U extends string>(a: Quantity<U>, b: NoInfer<Quantity<U>>): Quantity<U> {
  return (a - b) as Quantity<U>
}

export function times<U extends string>(quantity: Quantity<U>, factor: number): Quantity<U> {
  return (quantity * factor) as Quantity<U>
}

export function sum<U extends string>(quantities: readonly Quantity<U>[]): Quantity<U> {
  return quantities.reduce((total: number, one) => total + one, 0) as Quantity<U>
}

/** The larger: a floor under a quantity, in the same unit. */
export function atLeast<U extends string>(quantity: Quantity<U>, floor: NoInfer<Quantity<U>>): Quantity<U> {
  return Math.max(quantity, floor) as Quantity<U>
}

/** The one way from a quantity to money: a price of the same unit. */
export function charge<U extends string>(price: Price<U>, quantity: Quantity<NoInfer<U>>): Usd {
  return usd(price * quantity)
}

export function moved(rate: BytesPerSecond, time: Seconds): Bytes {
  return bytes(rate * time)
}

export function inGb(amount: Bytes, { bytesPerGb }: Conventions): Gigabytes {
  return gigabytes(amount / bytesPerGb)
}

export function heldFor(amount: Gigabytes, time: Months): GbMonths {
  return gbMonths(amount * time)
}

export function secondsIn(time: Hours): Seconds {
  return seconds(time * 3600)
}

export function month({ hoursPerMonth }: Conventions): Hours {
  return hours(hoursPerMonth)
}
