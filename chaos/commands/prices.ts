import { resolve } from 'node:path'
import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { shellWord } from '../core/shell-word.ts'
import { withinWidth } from '../core/wrapped.ts'
import { priceFile } from '../cost/price-file.ts'
import { loadPrices, PriceTable } from '../cost/prices.ts'
import { printPrices } from '../cost/print-prices.ts'
import { awsPriceList } from '../cost/refresh/aws-price-list.ts'
import { refreshPrices } from '../cost/refresh/refresh.ts'
import { fileHolds, writeText } from '../record/bounded-files.ts'
import { refuseOtherFile } from '../out-place.ts'
import { systemClock } from '../system-clock.ts'
import { ExitStatus, type Io, widthOf } from './io.ts'

interface ListOptions {
  readonly region?: string
  readonly prices?: string
  readonly json?: true
}

interface RefreshCommandOptions {
  readonly region: string
  readonly prices?: string
  readonly out?: string
}

export function register(program: Command, io: Io): void {
  const prices = program.command('prices').description('the price table that bills are worked out from')
  prices
    .command('list')
    .description('every price with its source, its date and what is wrong with it')
    .option('--region <region>', 'only those of one region')
    .option('--prices <file>', 'your own table instead of the shipped one')
    .option('--json', 'the table as one JSON document, in the format that --prices takes')
    .action((options: ListOptions) => list(options, io))
  prices
    .command('refresh')
    .description('ask AWS for today’s prices of one region (needs credentials; the call is free)')
    .requiredOption('--region <region>', 'for example eu-central-1')
    .option('--prices <file>', 'the table to start from instead of the shipped one')
    .option('--out <file>', 'where to write the table; standard output without it')
    .action(async (options: RefreshCommandOptions) => refresh(options, io))
}

function list(options: ListOptions, io: Io): void {
  const table = loadPrices(options.prices && resolve(io.cwd, options.prices))
  const rows = table.rows.filter(row => options.region === undefined || row.region === options.region)
  if (rows.length === 0) {
    throw new AftershockError('input', `${table.origin.file} has no prices of ${options.region}`, {
      hint: `It has ${table.regions().join(', ')}. \`aftershock prices refresh --region ${shellWord(options.region ?? '')}\` asks AWS.`,
    })
  }
  if (options.json) {
    const { sources } = table
    io.stdout.write(`${JSON.stringify({ format: 1, currency: 'USD', sources, prices: rows }, null, 2)}\n`)
  } else {
    const { sources, origin } = table
    const safe = printableDeep({ prices: rows, sources })
    const text = printPrices(new PriceTable(safe, origin), safe.prices, systemClock.wallMs())
    io.stdout.write(withinWidth(text, widthOf(io.stdout)))
  }
}

async function refresh(options: RefreshCommandOptions, io: Io): Promise<void> {
  if (options.out !== undefined)
    refuseOtherFile(resolve(io.cwd, options.out), 'price table', path => fileHolds(path, priceFile))
  await using priceList = await awsPriceList()
  const { file, refreshed, failed, notAsked } = await refreshPrices(priceList, {
    region: options.region,
    table: loadPrices(options.prices && resolve(io.cwd, options.prices)),
    atWallMs: systemClock.wallMs(),
  })
  const text = `${JSON.stringify(file, null, 2)}\n`
  if (options.out === undefined) io.stdout.write(text)
  else writeText(resolve(io.cwd, options.out), text)
  io.stderr.write(`${refreshed.length} items of ${options.region} are of today\n`)
  for (const { item, why, kept } of failed)
    io.stderr.write(`${item}: ${why}; ${kept ? 'its old price stays' : 'it has no price now'}\n`)
  if (notAsked.length > 0) io.stderr.write(`not asked for, and as old as they were: ${notAsked.join(', ')}\n`)
  if (failed.length > 0) throw new ExitStatus(EXIT.inconclusive)
}
