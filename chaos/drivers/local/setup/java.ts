import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Environment } from './cache.ts'
import { runTool } from './tool.ts'

/** The `java` that the lab uses: that of JAVA_HOME, else the first on the PATH. */
export function javaCommand(env: Environment): string {
  return env.JAVA_HOME ? join(env.JAVA_HOME, 'bin', 'java') : 'java'
}

/** A name for exactly this JVM: version, and a digest of its build, vendor and place. */
export async function jvmKey(
  java: string,
  options: { env: Environment; signal?: AbortSignal },
): Promise<string> {
  const said = await runTool(java, ['-XshowSettings:properties', '-version'], options)
  const property = (name: string) =>
    new RegExp(`^\\s*${name.replaceAll('.', '\\.')} = (.*)$`, 'm').exec(said)?.[1]?.trim() ?? ''
  const identity = [
    'java.vm.name',
    'java.vm.version',
    'java.vm.vendor',
    'java.home',
    'os.name',
    'os.arch',
  ].map(property)
  const digest = createHash('sha256').update(identity.join('\n')).digest('hex').slice(0, 12)
  return `jdk${property('java.version').replaceAll(/[^0-9a-zA-Z._-]/g, '_')}-${digest}`
}
