import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { before, describe, it } from 'mocha'
import * as yaml from 'yaml'
import * as zod from 'zod'
import { packageRoot } from '../../chaos/package-root.ts'
import { keptFolder } from '../temporary.ts'

interface OneFileModule {
  readonly putPackagesInOneFile: (root: string, built: string) => void
}

describe('packages that every command loads', () => {
  let built: string
  before(async () => {
    const place = new URL('../../bin/one-file.mjs', import.meta.url).href
    const { putPackagesInOneFile } = (await import(place)) as OneFileModule
    built = keptFolder('built')
    mkdirSync(join(built, 'chaos', 'core'), { recursive: true })
    writeFileSync(
      join(built, 'chaos', 'core', 'both.js'),
      "import { z } from 'zod';\nimport { join } from 'node:path';\nimport {\n  parse,\n} from 'yaml';\nexport const read = text => z.object({ a: z.number() }).parse(parse(text));\nexport { join };\n",
    )
    putPackagesInOneFile(packageRoot(), built)
  })

  it('are one module each, with all that they export', async () => {
    for (const [name, loaded] of Object.entries({ zod, yaml })) {
      const file = join(built, 'packages', `${name}.js`)
      const found = (await import(pathToFileURL(file).href)) as Record<string, unknown>
      const wanted = Object.keys(loaded).filter(one => one !== 'default' && one !== 'module.exports')
      assert.deepEqual(Object.keys(found).toSorted(), wanted.toSorted())
      assert.match(readFileSync(file, 'utf8'), /Permission/)
    }
  })

  it('are what was built imports, and works', async () => {
    const file = join(built, 'chaos', 'core', 'both.js')
    assert.deepEqual(readFileSync(file, 'utf8').match(/from '.*'/g), [
      "from '../../packages/zod.js'",
      "from 'node:path'",
      "from '../../packages/yaml.js'",
    ])
    const { read } = (await import(pathToFileURL(file).href)) as { read: (text: string) => unknown }
    assert.deepEqual(read('a: 1'), { a: 1 })
    assert.throws(() => read('a: b'), { name: 'ZodError' })
  })
})
