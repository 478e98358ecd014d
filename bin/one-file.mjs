import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

/** Packages of many files that every command loads: finding and reading their files is a third of a short command. */
const PACKAGES = ['zod', 'yaml']
/** Within `dist/`: one module for each of them. */
const FOLDER = 'packages'

/**
 * Puts each of those packages into one module and has what was built import that. What they export stays the same.
 * @param built the folder that was just built
 */
export function putPackagesInOneFile(root, built) {
  const load = createRequire(join(root, 'package.json'))
  // The bundler of our TypeScript loader, in the version that the lock file pins for it.
  const { buildSync } = createRequire(load.resolve('tsx'))('esbuild')
  mkdirSync(join(built, FOLDER))
  for (const name of PACKAGES) {
    const folder = join(root, 'node_modules', name)
    buildSync({
      stdin: { contents: reexport(name, load(name)), resolveDir: root },
      outfile: join(built, FOLDER, `${name}.js`),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      banner: {
        js: `/*!\n${name}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n*/\n${REQUIRE}`,
      },
      logLevel: 'warning',
    })
  }
  const anyOf = new RegExp(`^(import .*|\\} )from '(${PACKAGES.join('|')})';$`, 'gm')
  for (const file of modulesOf(built)) {
    const to = relative(dirname(file), join(built, FOLDER))
    const text = readFileSync(file, 'utf8')
    const changed = text.replace(anyOf, (_, before, name) => `${before}from '${to}/${name}.js';`)
    if (changed !== text) writeFileSync(file, changed)
  }
}

/** CommonJS packages call `require` for Node's own modules. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"

/** What is exported by name, also of a package whose names only running it tells. */
function reexport(name, loaded) {
  const names = Object.keys(loaded).filter(one => /^[\w$]+$/.test(one) && one !== 'default')
  return `export { ${names.join(', ')} } from '${name}'`
}

const modulesOf = folder =>
  readdirSync(folder, { recursive: true })
    .filter(name => name.endsWith('.js'))
    .map(name => join(folder, name))
