import type { PricingClientConfig } from '@aws-sdk/client-pricing'
import { AftershockError, messageOf } from '../../core/errors.ts'
import type { PriceList } from './price-list.ts'

/** The price list is served from a few regions only, whatever region is asked about. */
const SERVED_FROM = 'us-east-1'
const PAGE_SIZE = 100

/**
 * AWS's own price list (GetProducts). Needs credentials that may call pricing:GetProducts; the call is free.
 * @param config for tests: another request handler, other credentials.
 */
export async function awsPriceList(config: PricingClientConfig = {}): Promise<PriceList & AsyncDisposable> {
  // Loaded only when it is used: it costs more to load than most commands take.
  const { PricingClient, paginateGetProducts } = await import('@aws-sdk/client-pricing')
  const client = new PricingClient({ region: SERVED_FROM, ...config })
  return {
    async products(service, filters) {
      const Filters = Object.entries(filters).map(([Field, Value]) => ({
        Type: 'TERM_MATCH' as const,
        Field,
        Value,
      }))
      const texts: string[] = []
      try {
        const pages = paginateGetProducts(
          { client, pageSize: PAGE_SIZE },
          { ServiceCode: service, FormatVersion: 'aws_v1', Filters },
        )
        for await (const { PriceList } of pages) texts.push(...(PriceList ?? []).map(String))
      } catch (cause) {
        throw new AftershockError('unavailable', `the price list did not answer: ${messageOf(cause)}`, {
          cause,
          hint: 'It needs AWS credentials that may call pricing:GetProducts (the call costs nothing), and a way to the internet.',
        })
      }
      return texts
    },
    async [Symbol.asyncDispose]() {
      client.destroy()
    },
  }
}
