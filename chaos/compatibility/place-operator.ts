import { ClusterOperator } from '../kafka/cluster-operator.ts'
import type { KafkaJsPlace } from './kafkajs-place.ts'

/** What is asked of brokers by hand, since kafkajs has no words for it. */
export function operatorOf({ brokers, login, clock }: Pick<KafkaJsPlace, 'brokers' | 'login' | 'clock'>) {
  return new ClusterOperator({
    brokers: () => brokers.map((_, index) => index),
    listener(index) {
      const address = brokers[index] ?? { host: '', port: 0 }
      return { address, host: address.host }
    },
    login,
    clock,
  })
}
