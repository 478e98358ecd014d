/** Options of the command line that only some platforms take; which, each platform says. All name a path. */
export const PLATFORM_OPTIONS = {
  automqDist: {
    flag: '--automq-dist',
    value: '<file>',
    description: 'a release tarball of AutoMQ (default: the folder in AUTOMQ_HOME)',
  },
  tieredPlugin: {
    flag: '--tiered-plugin',
    value: '<dir>',
    description:
      'Aiven’s plugin, its core and s3 archives unpacked side by side (default: the lab’s own reference store)',
  },
} as const
export type PlatformOptionName = keyof typeof PLATFORM_OPTIONS
export const PLATFORM_OPTION_NAMES = Object.keys(PLATFORM_OPTIONS) as readonly PlatformOptionName[]

/** What the user gave of them: absolute paths. */
export type PlatformOptionValues = Partial<Readonly<Record<PlatformOptionName, string>>>
