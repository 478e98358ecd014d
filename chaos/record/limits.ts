/**
 * What a folder may ask of whoever verifies it. All of it is checked before anything is read whole, so that
 * a hostile bundle costs bounded memory and time. The limits are far above what a run leaves: the default
 * drill writes some ten megabytes in some thirty files.
 */
export const LIMITS = {
  /** Room for `subjects` names of about a hundred characters, in base64. */
  bundleBytes: 32 * 1024 * 1024,
  subjects: 100_000,
  nameBytes: 1024,
  /** Folders within folders, and JSON values within JSON values. */
  folderDepth: 16,
  jsonDepth: 64,
  signatures: 16,
  keyBytes: 64 * 1024,
  /** Documents and series that are held in memory while the verdict is derived again. */
  documentBytes: 64 * 1024 * 1024,
  lineBytes: 16 * 1024 * 1024,
  totalBytes: 4 * 1024 * 1024 * 1024,
  /** Problems that are listed; the rest is counted. */
  listed: 20,
} as const
