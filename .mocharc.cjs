// Test files are imported, as the program is. Where Node can also `require` them, Mocha would do that, and each module
// would be there twice: once required, once imported by what is loaded on demand.
const once = process.features.require_module ? ['no-experimental-require-module'] : []

module.exports = {
  'node-option': ['import=tsx', ...once],
  require: ['./test/root-hooks.ts'],
  extension: ['ts'],
  recursive: true,
  'forbid-only': true,
  timeout: 30_000,
}
