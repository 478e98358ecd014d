/** A value as its readers get it: what a schema of a file on disk gives, all the way down. */
export type Immutable<T> = T extends string | number | boolean | null | undefined | bigint
  ? T
  : T extends readonly unknown[] | object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T
