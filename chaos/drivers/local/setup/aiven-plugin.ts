import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'

/** A file's path in a jar stands as it is in the jar's directory, whatever the jar is called. */
const PARTS = [
  { folder: 'core', className: 'io/aiven/kafka/tieredstorage/RemoteStorageManager.class' },
  { folder: 's3', className: 'io/aiven/kafka/tieredstorage/storage/s3/S3Storage.class' },
] as const

export interface AivenPlugin {
  /** As the name of the core jar says it; null when it says none. */
  readonly version: string | null
}

/**
 * Looks whether a folder has Aiven's plugin for tiered storage: its `core` and `s3` release archives, unpacked
 * side by side. @throws AftershockError `unavailable`, saying what is missing and how to get it.
 */
export async function findAivenPlugin(dir: string): Promise<AivenPlugin> {
  const missing: string[] = []
  let version: string | null = null
  for (const { folder, className } of PARTS) {
    const jars = await jarsIn(join(dir, folder))
    const jar = jars && (await jarWith(className, join(dir, folder), jars))
    if (jars === undefined) missing.push(`${folder}/ is not there`)
    else if (jars.length === 0) missing.push(`${folder}/ has no jars`)
    else if (jar === undefined) missing.push(`no jar in ${folder}/ has ${className}`)
    else if (folder === 'core') version = /-(\d[\w.-]*)\.jar$/.exec(jar)?.[1] ?? null
  }
  if (missing.length === 0) return { version }
  throw new AftershockError(
    'unavailable',
    `${dir} is not Aiven's tiered storage plugin: ${missing.join('; ')}`,
    {
      hint: [
        'Take core-VERSION.tgz and s3-VERSION.tgz from its releases on GitHub and unpack them side by side:',
        `  mkdir -p ${dir}/core ${dir}/s3`,
        `  tar -xzf core-VERSION.tgz -C ${dir}/core --strip-components=1`,
        `  tar -xzf s3-VERSION.tgz -C ${dir}/s3 --strip-components=1`,
      ].join('\n'),
    },
  )
}

async function jarsIn(folder: string): Promise<string[] | undefined> {
  const names = await readdir(folder).catch(() => undefined)
  return names?.filter(name => name.endsWith('.jar')).sort()
}

async function jarWith(
  className: string,
  folder: string,
  jars: readonly string[],
): Promise<string | undefined> {
  for (const name of jars) if ((await readFile(join(folder, name))).includes(className)) return name
  return undefined
}
