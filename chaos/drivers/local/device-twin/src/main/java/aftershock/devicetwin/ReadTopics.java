package aftershock.devicetwin;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads topics whole, first what a transaction that was aborted left too, and then what readers of committed records
 * are given. Arguments: bootstrap servers, seconds that it may take, topics. Prints one line of JSON a record and one a
 * partition: `end` is where such a reader may go, `high` where the partition ends; a transaction that is still open
 * keeps them apart.
 */
public final class ReadTopics {
  private ReadTopics() {}

  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    long deadline = System.nanoTime() + Duration.ofSeconds(Long.parseLong(args[1])).toNanos();
    List<String> topics = Stream.of(args).skip(2).toList();
    Map<TopicPartition, Long> highs = new HashMap<>();
    boolean isWhole =
        read(args[0], "read_uncommitted", topics, deadline, highs, out)
            & read(args[0], "read_committed", topics, deadline, highs, out);
    out.flush();
    // No thread of a client may keep a process that has said everything.
    System.exit(isWhole ? 0 : 1);
  }

  private static boolean read(
      String servers,
      String isolation,
      List<String> topics,
      long deadline,
      Map<TopicPartition, Long> highs,
      PrintStream out) {
    Properties properties = new Properties();
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
    properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "aftershock-" + isolation);
    properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "10000");
    var strings = new StringDeserializer();
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties, strings, strings)) {
      List<TopicPartition> partitions =
          topics.stream()
              .flatMap(topic -> consumer.partitionsFor(topic).stream())
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      Map<TopicPartition, Long> lows = consumer.beginningOffsets(partitions);
      // To a reader of committed records the end is the last stable offset.
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      ends.forEach(highs::putIfAbsent);
      Map<TopicPartition, Integer> records = new HashMap<>();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      boolean isWhole = false;
      while (!isWhole && System.nanoTime() < deadline) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          RecordId id = RecordId.in(record.value());
          records.merge(new TopicPartition(record.topic(), record.partition()), 1, Integer::sum);
          out.printf(
              "{\"kind\":\"record\",\"isolation\":\"%s\",\"topic\":\"%s\",\"partition\":%d,\"offset\":%d,\"id\":\"%s\"}%n",
              isolation, record.topic(), record.partition(), record.offset(), id == null ? "?" : id);
        }
        isWhole = partitions.stream().allMatch(one -> consumer.position(one) >= ends.get(one));
      }
      for (TopicPartition one : partitions)
        out.printf(
            "{\"kind\":\"partition\",\"isolation\":\"%s\",\"topic\":\"%s\",\"partition\":%d,\"low\":%d,\"position\":%d,\"end\":%d,\"high\":%d,\"records\":%d}%n",
            isolation,
            one.topic(),
            one.partition(),
            lows.get(one),
            consumer.position(one),
            ends.get(one),
            highs.get(one),
            records.getOrDefault(one, 0));
      return isWhole;
    }
  }
}
