import { cacheRoot, type Environment } from './cache.ts'
import { javaCommand } from './java.ts'
import { isKafkaCached } from './kafka.ts'
import { findPostgres, hasPortablePostgres, isPortablePostgresCached } from './postgres.ts'
import { installedToxiproxy, isToxiproxyCached, isToxiproxyReleased } from './toxiproxy.ts'
import { isVersitygwCached, isVersitygwReleased } from './versitygw.ts'

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
    /** The server of sinks: this machine's own, or whether a portable one is there or can be had. */
    postgres: {
      installed: findPostgres(env),
      isPortableCached: isPortablePostgresCached(env),
      hasPortable: hasPortablePostgres(),
    },
    /** A Toxiproxy that is installed. */
    toxiproxy: toxiproxy ?? null,
    /** What its makers publish for this machine, so that Go is not needed. */
    released: { toxiproxy: isToxiproxyReleased(), versitygw: isVersitygwReleased() },
    cached: { kafka, toxiproxy: toxiproxyCached, versitygw },
  }
}
