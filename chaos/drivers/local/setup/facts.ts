import { cacheRoot, type Environment } from './cache.ts'
import { javaCommand } from './java.ts'
import { isKafkaCached } from './kafka.ts'
import { installedToxiproxy, isToxiproxyCached } from './toxiproxy.ts'
import { isVersitygwCached } from './versitygw.ts'

export type SetupFacts = Awaited<ReturnType<typeof setupFacts>>

/** What set-up has on this machine, and where; nothing is fetched or changed. */
export async function setupFacts(env: Environment) {
  const [toxiproxy, kafka, toxiproxyCached, versitygw] = await Promise.all([
    installedToxiproxy(env),
    isKafkaCached(env),
    isToxiproxyCached(env),
    isVersitygwCached(env),
  ])
  return {
    /** By which Java is called. */
    java: javaCommand(env),
    cache: cacheRoot(env),
    /** A Toxiproxy that is installed. */
    toxiproxy: toxiproxy ?? null,
    cached: { kafka, toxiproxy: toxiproxyCached, versitygw },
  }
}
