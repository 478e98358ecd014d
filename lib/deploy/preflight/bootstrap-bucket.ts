import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Check, Departure, Lack } from './check.ts'

/**
 * Whether the account was bootstrapped, and nodes can read what is put into the bucket of that: with a key of the account's
 * own, each would need a right of that key, which no role of ours has.
 */
export const bootstrapBucket: Check<'bootstrap-bucket'> = {
  name: 'bootstrap-bucket',
  about: 'the bucket of cdk bootstrap, and its key',
  async lacks(departure) {
    const lacks = await Promise.all(departure.assetBuckets.map(bucket => lackOf(bucket, departure)))
    return lacks.flat()
  },
}

async function lackOf(
  bucket: string,
  { account, config, bootstrap, facts }: Departure,
): Promise<readonly Lack[]> {
  const found = await facts.bucketKey(bucket, account)
  if (found.kind === 'missing')
    return [
      { what: `${config.region} was never bootstrapped: there is no bucket ${bucket}`, mend: bootstrap },
    ]
  if (found.kind === 'aws') return []
  return [
    {
      what: `${bucket} is encrypted with a key of the account's own (${found.key}), with which no node may decrypt`,
      mend: `${bootstrap} --no-bootstrap-customer-key`,
    },
  ]
}

const assets = z.object({
  files: z.record(
    z.string(),
    z.object({ destinations: z.record(z.string(), z.object({ bucketName: z.string() })) }),
  ),
})

/** The buckets into which an assembly puts its files, as they are called in this account and region. */
export function assetBuckets(folder: string, account: string, region: string): readonly string[] {
  const manifests = readdirSync(folder).filter(file => file.endsWith('.assets.json'))
  const names = manifests.flatMap(file =>
    Object.values(assets.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))).files).flatMap(
      ({ destinations }) => Object.values(destinations).map(({ bucketName }) => bucketName),
    ),
  )
  const filled = names.map(name =>
    name.replaceAll('${AWS::AccountId}', account).replaceAll('${AWS::Region}', region),
  )
  return [...new Set(filled)].toSorted()
}
