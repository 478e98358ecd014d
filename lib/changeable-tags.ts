/** Tags of an environment that somebody may give another value; all others stay as they are for as long as it exists. */
export const CHANGEABLE_TAGS = ['owner', 'cost-center', 'expires'] as const
