import { clockTime } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'

interface Axis {
  readonly zero: number
  readonly from: number
  readonly to: number
}

/** A page stays light: longer runs are read off in steps of several seconds. */
const MOST_INSTANTS = 240

/** Milliseconds between two instants at which the page's charts are read off. */
export const instantStep = ({ from, to }: Axis): number =>
  Math.max(1000, Math.ceil((to - from) / MOST_INSTANTS / 1000) * 1000)

/** The instant at which a moment is read off: the last one before it that there is. */
export function instantOf(axis: Axis, t: number): number {
  const step = instantStep(axis)
  const last = axis.from + Math.floor((axis.to - axis.from) / step) * step
  return Math.min(last, Math.max(axis.from, axis.from + Math.floor((t - axis.from) / step) * step))
}

/** The address of an instant within the page, by the seconds of the drill's own time: `at-75`. */
export const momentId = ({ zero }: Pick<Axis, 'zero'>, instant: number): string =>
  `at-${Math.round((instant - zero) / 1000)}`

/** A time that leads to its row of the timeline's values; who follows it can pass it on as an address. */
export function momentLink(axis: Axis, t: number): Html {
  return html`<a class="at" href="#${momentId(axis, instantOf(axis, t))}">${clockTime(t - axis.zero)}</a>`
}
