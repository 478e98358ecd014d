const REFUSALS: readonly unknown[] = [
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
]

/** What a broker said to whoever may not do what it asked for, wherever kafkajs has wrapped it; null: it is something else. */
export function refusedRight(error: unknown): string | null {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; depth += 1) {
    const { type, name, message } = one as Error & { readonly type?: unknown }
    if (REFUSALS.includes(type) || name === 'KafkaJSSASLAuthenticationError') return message
    one = one.cause ?? (one as { readonly originalError?: unknown }).originalError
  }
  return null
}
