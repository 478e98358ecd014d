// Test files are imported, as the program is. Where Node can also `require` them, Mocha would do that, and each module
// would be there twice: once required, once imported by what is loaded on demand.
const once = process.features.require_module ? ['no-experimental-require-module'] : []

// Runs are made, read and thrown away: with V8's usual 16 MB for what is young, a sixth of the time goes into collecting.
const young = ['max-semi-space-size=64']

module.exports = {
  'node-option': ['import=tsx', ...young, ...once],
  require: ['./test/root-hooks.ts'],
  extension: ['ts'],
  recursive: true,
  'forbid-only': true,
  timeout: 30_000,
}
