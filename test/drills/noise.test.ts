import { describe } from 'mocha'
import { noiseProvesNothing } from '../unit/faults/noise-lives.ts'

/** `npm test` does the same with seed 1. */
describe('readings that change by noise alone, drawn again and again', () => {
  noiseProvesNothing([2, 3, 4, 5])
})
