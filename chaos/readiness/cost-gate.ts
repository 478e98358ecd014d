import { billFor, type Bill } from '../cost/model/bill.ts'
import { exactly } from '../core/numbers.ts'
import type { Budget } from '../cost/workload.ts'
import { ownersOf, type ReadinessGate, type ReadinessInputs } from './readiness-gate.ts'

export const costGate: ReadinessGate = {
  gate: 'cost',
  asks: 'Does the platform stay within its budget, with its replays and its losses?',
  judge(inputs) {
    const { loaded, prices } = inputs.cost
    const { workload, file } = loaded
    const bill = billFor(inputs.platform, workload, prices)
    const date = new Date(inputs.atWallMs).toISOString()
    const owner = workload.budget?.owner ?? ownersOf(inputs.contract)
    if (workload.budget === undefined)
      return {
        verdict: 'inconclusive',
        shown: `${dollars(bill.totalUsdPerMonth)} a month, and the workload states no budget`,
        proof: [proof(inputs, 'totalUsdPerMonth', bill.totalUsdPerMonth)],
        date,
        owner,
        next: `state what it may cost in a workload of your own (${file} is an example): budget: { usdPerMonth: … }`,
      }
    const items = budgetItems(bill, workload.budget)
    const over = items.filter(item => item.usd > item.limit)
    return {
      verdict: over.length === 0 ? 'pass' : 'fail',
      shown: (over.length === 0 ? items : over)
        .map(({ what, usd, limit }) => besideBudget(what, usd, limit))
        .join('; '),
      proof: items.map(({ key, usd }) => proof(inputs, key, usd)),
      date,
      owner,
      next: over.length === 0 ? null : nextOf(bill, over),
    }
  },
}

interface BudgetItem {
  readonly key: keyof Omit<Budget, 'owner'>
  readonly what: string
  readonly usd: number
  readonly limit: number
}

/** What a budget limits, beside what the bill says. */
export function budgetItems(bill: Bill, budget: Budget): readonly BudgetItem[] {
  const all = [
    { key: 'usdPerMonth', what: 'a month costs', usd: bill.totalUsdPerMonth, limit: budget.usdPerMonth },
    { key: 'usdPerReplay', what: 'a replay costs', usd: bill.usdPerReplay, limit: budget.usdPerReplay },
    {
      key: 'usdPerBrokerLoss',
      what: 'a lost broker costs',
      usd: bill.usdPerBrokerLoss,
      limit: budget.usdPerBrokerLoss,
    },
  ] as const
  return all.flatMap(item => (item.limit === undefined ? [] : [{ ...item, limit: item.limit }]))
}

/** Names the line that is the largest, where it is the month that is too dear. */
function nextOf({ lines }: Bill, over: readonly BudgetItem[]): string {
  if (!over.some(({ key }) => key === 'usdPerMonth'))
    return 'replay less at once, or agree on a larger budget'
  const [most] = lines.toSorted((a, b) => b.usdPerMonth - a.usdPerMonth)
  return `its largest line is ${most?.line}, ${dollars(most?.usdPerMonth ?? 0)} a month: ${most?.formula}`
}

const proof = ({ shownAs, cost }: ReadinessInputs, selector: string, value: number) => ({
  file: shownAs(cost.loaded.file),
  selector: `bill: ${selector}`,
  value: Math.round(value * 100) / 100,
})

/** Where rounding would make the two look alike, every digit of both is shown. */
function besideBudget(what: string, usd: number, limit: number): string {
  const isAlike = usd !== limit && dollars(usd) === dollars(limit)
  const [cost, most] = [usd, limit].map(isAlike ? value => `$${exactly(value, '')}` : dollars)
  return `${what} ${cost} (at most ${most})`
}

const dollars = (usd: number): string =>
  `$${usd.toLocaleString('en-US', { minimumFractionDigits: usd < 100 ? 2 : 0, maximumFractionDigits: usd < 100 ? 2 : 0 })}`
