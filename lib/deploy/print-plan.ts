import { type CostLine, type DeployPlan, HOURS_PER_MONTH } from './plan.ts'

/** The plan as people read it before they say yes. `priceFile` is how the table is called. */
export function printPlan(plan: DeployPlan, priceFile: string): string {
  return [
    `Environment ${plan.environment} in ${plan.region}`,
    '',
    ...section(
      'Not deployable yet: with --yes it would stop before anything is created',
      plan.notYet.map(why => `  ${why}`),
    ),
    ...section(
      'What goes now, and is made again by a deployment without --absent',
      plan.absent.map(({ stack, type, name }) => columns([stack, 34], [short(type), 34], [name, 0])),
    ),
    ...section('What is created', createdLines(plan)),
    ...section(
      `What it costs while it exists (US dollars; ${priceFile}, ${dates(plan.costs)}; ${plan.region})`,
      costLines(plan),
    ),
    ...section('What its own fleet costs beside that, for as long as it sends', useLines(plan)),
    ...section(
      'Not in these sums, because the price table has no price for it',
      plan.missing.map(({ stack, what, quantity, item, unit, why }) =>
        columns([stack, 34], [`${amount(quantity)} × ${what}`, 44], [`${item} per ${unit}: ${why}`, 0]),
      ),
    ),
    ...section(
      'Billed by what is done with it',
      plan.byUse.map(({ kind, count, items }) =>
        columns([`${count} × ${short(kind)}`, 34], [items.join(', '), 0]),
      ),
    ),
    ...section(
      'Not in these sums, because it is not known what it costs',
      plan.unclear.map(({ stack, resource, why }) => columns([stack, 34], [resource, 44], [why, 0])),
    ),
    ...section('What chaos may touch, and nothing else', targetLines(plan)),
    ...section(
      'What to know before',
      plan.notes.map(({ stack, text }) => columns([stack, 34], [text, 0])),
    ),
    ...section('What stays when the environment is destroyed', keptLines(plan)),
  ].join('\n')
}

export function keptLines({ kept }: Pick<DeployPlan, 'kept'>): string[] {
  return kept.map(({ stack, type, logicalId, remains, lockedDays }) => {
    const what = remains === 'itself' ? logicalId : `${remains} of ${logicalId}`
    const locked = lockedDays === null ? '' : `, its objects locked for ${lockedDays} days`
    return columns([stack, 34], [short(type), 26], [`${what}${locked}`, 0])
  })
}

function createdLines({ stacks }: DeployPlan): string[] {
  const lines = stacks.flatMap(({ name, resources, kinds }) => [
    columns([name, 34], [`${resources} resources`, 0]),
    ...wrap(Object.entries(kinds).map(([kind, count]) => `${count} ${short(kind)}`)),
  ])
  const total = stacks.reduce((sum, { resources }) => sum + resources, 0)
  return [...lines, columns(['all stacks', 34], [`${total} resources`, 0])]
}

function costLines({ costs, hourlyUsd, monthlyUsd }: DeployPlan): string[] {
  const row = (stack: string, what: string, hour: string, month: string, date: string) =>
    columns([stack, 34], [what, 52], [hour.padStart(10), 10], [month.padStart(12), 14], [date, 0])
  const line = (cost: CostLine) =>
    row(
      cost.stack,
      `${amount(cost.quantity)} × ${cost.what}`,
      cost.hourlyUsd.toFixed(4),
      cost.monthlyUsd.toFixed(2),
      [cost.priceDate ?? 'undated', ...(cost.isUnsourced ? ['without a source'] : [])].join(', '),
    )
  return [
    row('stack', 'what', 'an hour', `${HOURS_PER_MONTH} hours`, 'price of'),
    ...costs.map(line),
    row('sum', '', hourlyUsd.toFixed(4), monthlyUsd.toFixed(2), ''),
  ]
}

/** Quantities are a month's, as the bill has them. */
function useLines({ use, monthlyUsd, hourlyUsd }: DeployPlan): string[] {
  if (use === null) return []
  const row = (what: string, hour: string, month: string, date: string) =>
    columns([what, 87], [hour.padStart(10), 10], [month.padStart(12), 14], [date, 0])
  return [
    ...use.lines.map(({ what, quantity, isBound, isUnsourced, ...line }) =>
      row(
        `${inWords(quantity)} ${what}`,
        line.hourlyUsd.toFixed(4),
        line.monthlyUsd.toFixed(2),
        [
          line.priceDate ?? 'undated',
          ...(isUnsourced ? ['without a source'] : []),
          ...(isBound ? ['not in the sum'] : []),
        ].join(', '),
      ),
    ),
    ...use.unpriced.map(({ what, why }) => `  ${what}: ${why}`),
    row('sum', use.hourlyUsd.toFixed(4), use.monthlyUsd.toFixed(2), ''),
    row('both sums', (hourlyUsd + use.hourlyUsd).toFixed(4), (monthlyUsd + use.monthlyUsd).toFixed(2), ''),
  ]
}

/** Large numbers as people say them; small ones as they are. */
function inWords(quantity: number): string {
  if (quantity >= 1e6) return `${(quantity / 1e6).toFixed(1)} million`
  return String(Number(quantity.toFixed(quantity < 100 ? 2 : 0)))
}

function targetLines({ targets }: DeployPlan): string[] {
  if (targets.length === 0) return ['  nothing: no resource carries the tag chaos-ready=true']
  return targets.map(({ stack, type, name }) => columns([stack, 34], [short(type), 34], [name, 0]))
}

function dates(costs: readonly CostLine[]): string {
  const known = costs.flatMap(({ priceDate }) => priceDate ?? []).sort()
  const [oldest] = known
  const newest = known.at(-1)
  if (oldest === undefined || newest === undefined) return 'no dated price'
  return oldest === newest ? `prices of ${oldest}` : `prices of ${oldest} to ${newest}`
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines, '']
}

function columns(...cells: readonly (readonly [string, number])[]): string {
  return `  ${cells.map(([text, width]) => text.padEnd(width)).join(' ')}`.trimEnd()
}

/** Items of a stack, as many on a line as fit. */
function wrap(items: readonly string[]): string[] {
  const lines: string[] = []
  for (const item of items) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + item.length < 104) lines[lines.length - 1] = `${last}, ${item}`
    else lines.push(`      ${item}`)
  }
  return lines
}

const short = (type: string) => type.replace(/^AWS::/, '')
const amount = (quantity: number) => String(Math.round(quantity * 1000) / 1000)
