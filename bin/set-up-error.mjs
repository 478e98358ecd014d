/** The program cannot be made ready. Plain JavaScript: nothing is built yet that could be thrown instead. */
export class SetUpError extends Error {}
