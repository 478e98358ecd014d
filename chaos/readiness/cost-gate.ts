import { billFor, type Bill } from '../cost/model/bill.ts'
import { exactly } from '../core/numbers.ts'
import type { Budget } from '../cost/workload.ts'
import type { LineName } from '../record/cost-file.ts'
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

/** Names the line of the bill that each of them comes from: of a month that is too dear, the largest. */
function nextOf({ lines }: Bill, over: readonly BudgetItem[]): string {
  const [most] = lines.toSorted((a, b) => b.usdPerMonth - a.usdPerMonth)
  const words = over.map(({ key, what, usd }) => {
    const name = key === 'usdPerMonth' ? most?.line : LINE_OF[key]
    const { usdPerMonth = 0, formula = '' } = lines.find(({ line }) => line === name) ?? {}
    return key === 'usdPerMonth'
      ? `its largest line is ${name}, ${dollars(usdPerMonth)} a month: ${formula}`
      : `${what} ${dollars(usd)} by the line ${name}: ${formula}`
  })
  return words.join('; ')
}

/** Where a bill explains what one of them costs. */
const LINE_OF = { usdPerReplay: 'replays', usdPerBrokerLoss: 'broker-losses' } as const satisfies Partial<
  Record<BudgetItem['key'], LineName>
>

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
