import * as echarts from 'echarts'
import { type Html, html, Html as HtmlText } from './html.ts'
import { ROLES, themed } from './palette.ts'

export type ChartOption = echarts.EChartsOption

export interface Chart {
  /** Within the page; letters and dashes. */
  readonly id: string
  readonly title: string
  /** What the picture shows, for those who do not see it. */
  readonly text: string
  readonly caption?: Html
  readonly draw: (size: ChartSize) => ChartOption
  /** Laid over the drawing: what a pointer shows. */
  readonly hover?: (size: ChartSize) => Html
  /** Below the caption: the values that were drawn. */
  readonly values?: Html
  readonly height: (size: ChartSize) => number
}
export interface ChartSize {
  readonly kind: 'wide' | 'narrow'
  readonly width: number
}

/** The column of the page on a desk and on a phone; the page shows one of the two drawings. */
const SIZES: readonly ChartSize[] = [
  { kind: 'wide', width: 1040 },
  { kind: 'narrow', width: 344 },
]
export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

/** A figure with the chart in both widths. Nothing in it moves, loads or runs. */
export function figure(chart: Chart): Html {
  return html`<figure class="chart" id="${chart.id}">
${SIZES.map(
  size =>
    html`<div class="${size.kind}" role="img" aria-label="${chart.title}. ${chart.text}">${drawing(chart, size)}</div>`,
)}
<figcaption>${chart.caption ?? chart.text}</figcaption>${chart.values}
</figure>`
}

function drawing(chart: Chart, size: ChartSize): Html {
  const instance = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: size.width,
    height: chart.height(size),
  })
  try {
    instance.setOption({
      animation: false,
      textStyle: { fontFamily: FONT, color: ROLES.muted, fontSize: 12 },
      ...chart.draw(size),
    })
    const svg = tidy(themed(instance.renderToSVGString()), `${chart.id}-${size.kind}`)
    return new HtmlText(svg.replace(/<\/svg>$/, () => `${chart.hover?.(size).text ?? ''}</svg>`))
  } finally {
    instance.dispose()
  }
}

/** Names within an SVG are names within the page: they must differ from chart to chart and not from run to run. */
function tidy(svg: string, prefix: string): string {
  // The library counts its classes on from one chart to the next: drawn again, a page would have other bytes.
  const classes = new Map<string, number>()
  const numbered = (known: string): number => {
    classes.set(known, classes.get(known) ?? classes.size)
    return classes.get(known) ?? 0
  }
  return svg
    .replace(/\bzr\d+-cls-(\d+)/g, (_, known: string) => `${prefix}-cls-${numbered(known)}`)
    .replace(/\bzr\d+-/g, `${prefix}-`)
    .replace(/<svg /, '<svg aria-hidden="true" focusable="false" ')
    .replaceAll('xlink:href', 'href')
    .replace(/(\d+\.\d{2})\d+/g, '$1')
}
