import type { CompatibilityLine } from '../line.ts'

export const metricNames: CompatibilityLine = {
  line: 'metric-names',
  asks: 'Brokers have the JMX names that common dashboards ask for',
  neededBy: 'whoever watches the platform',
  kafkajs: { why: 'Kafka’s own code, in Java, is what is asked for' },
  librdkafka: { why: 'Kafka’s own code, in Java, is what is asked for' },
  java: 'probe',
  one: 'JMX is Java’s',
}
