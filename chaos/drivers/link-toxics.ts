import { eachAtOnce } from '../core/at-once.ts'
import type { Link } from '../core/topology.ts'
import type { Links } from './driver.ts'
import { proxyName } from './proxied-links.ts'
import type { NewToxic, ProxyState, ToxiproxyApi } from './toxiproxy-api.ts'

type ToxicSpec = Omit<NewToxic, 'name' | 'toxicity'> & {
  readonly suffix: 'up' | 'down'
  readonly toxicity?: number
}

/**
 * What faults do to links through Toxiproxy. Each change puts toxics named after the fault's tag on every link, so that
 * faults can overlap and each takes away only its own.
 */
export function linkToxics(api: ToxiproxyApi): Pick<Links, 'delay' | 'narrow' | 'reset' | 'cut' | 'clear'> {
  const add = (links: readonly Link[], tag: string, specs: readonly ToxicSpec[]) =>
    eachAtOnce(links, link =>
      eachAtOnce(specs, ({ suffix, toxicity = 1, ...toxic }) =>
        api.addToxic(proxyName(link), { ...toxic, name: `${tag}-${suffix}`, toxicity }),
      ),
    )

  return {
    delay: (links, tag, { delayMs, jitterMs }) => {
      const attributes = (share: number) => ({
        latency: Math.round(delayMs * share),
        jitter: Math.round(jitterMs * share),
      })
      return add(links, tag, bothWays('latency', attributes(0.5)))
    },
    narrow: (links, tag, { bytesPerSecond }) =>
      // Toxiproxy counts in bytes per millisecond.
      add(links, tag, bothWays('bandwidth', { rate: Math.max(1, Math.round(bytesPerSecond / 1000)) })),
    reset: (links, tag, { afterMs, share }) =>
      add(links, tag, [
        {
          suffix: 'down',
          type: 'reset_peer',
          stream: 'downstream',
          toxicity: share,
          attributes: { timeout: afterMs },
        },
      ]),
    async cut(links, tag, { mode }) {
      // A stream that times out after 0 ms swallows its bytes and never closes: a black hole. Both are needed,
      // since with one alone requests still arrive.
      await add(links, tag, bothWays('timeout', { timeout: 0 }))
      if (mode === 'refuse')
        await eachAtOnce(links, async link => api.enable(await api.proxy(proxyName(link)), false))
    },
    clear: (links, tag) =>
      eachAtOnce(links, async link => {
        const name = proxyName(link)
        for (const suffix of ['up', 'down']) await api.removeToxic(name, `${tag}-${suffix}`)
        const proxy = await api.proxy(name)
        if (!proxy.enabled && !isCut(proxy)) await api.enable(proxy, true)
      }),
  }
}

const bothWays = (type: NewToxic['type'], attributes: object): ToxicSpec[] => [
  { suffix: 'up', type, stream: 'upstream', attributes },
  { suffix: 'down', type, stream: 'downstream', attributes },
]

/** Whether another fault still cuts this link. */
function isCut({ toxics }: ProxyState): boolean {
  return toxics.some(toxic => toxic.type === 'timeout')
}
