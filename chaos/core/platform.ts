/** What a drill can run on. `automq-router` is AutoMQ with its zone router: clients write in their own zone. */
export const PLATFORMS = ['kafka', 'kafka-tiered', 'automq', 'automq-router'] as const
export type Platform = (typeof PLATFORMS)[number]

const NAMES: Readonly<Record<Platform, string>> = {
  kafka: 'Apache Kafka',
  'kafka-tiered': 'Kafka with tiered storage',
  automq: 'AutoMQ',
  'automq-router': 'AutoMQ with zone router',
}

export function isPlatform(name: string): name is Platform {
  return (PLATFORMS as readonly string[]).includes(name)
}

/** For people; a name that is not ours is shown as it is. */
export function platformName(platform: string): string {
  return isPlatform(platform) ? NAMES[platform] : platform
}

/** Whether records of this platform are (also) kept in an object store. */
export function usesObjectStore(platform: Platform): boolean {
  return platform !== 'kafka'
}

/** AutoMQ keeps one copy of a record, in the object store: it has leaders and no followers. */
export function isShared(platform: Platform): boolean {
  return platform === 'automq' || platform === 'automq-router'
}
