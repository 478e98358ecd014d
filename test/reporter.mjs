import Mocha from 'mocha'

/** Mocha's own tree, and after everything else one line that a program can read. */
export default class Reporter extends Mocha.reporters.Spec {
  epilogue() {
    super.epilogue()
    const { passes, failures, pending } = this.stats
    Mocha.reporters.Base.consoleLog('%d passed, %d failed, %d skipped', passes, failures, pending)
  }
}
