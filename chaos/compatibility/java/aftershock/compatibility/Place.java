package aftershock.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** What probes of Kafka's own client have: clients, topics of their own, and words for what is lacking. */
final class Place implements AutoCloseable {
  static final int ANSWER_S = 30;

  final JsonNode given;
  final String prefix;
  final Admin admin;
  private final Map<String, Object> settings = new HashMap<>();

  Place(JsonNode given) {
    this.given = given;
    prefix = given.get("prefix").asText();
    settings.put("bootstrap.servers", given.get("bootstrap").asText());
    given.get("settings").fields().forEachRemaining(one -> settings.put(one.getKey(), one.getValue().asText()));
    admin = Admin.create(settings);
  }

  String name(String line) {
    return prefix + line + ".java";
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static void must(boolean holds, String shown) {
    if (!holds) throw new Lacks(shown);
  }

  static <T> T get(Future<T> future) throws Exception {
    try {
      return future.get(ANSWER_S, TimeUnit.SECONDS);
    } catch (ExecutionException error) {
      throw error.getCause() instanceof Exception ? (Exception) error.getCause() : error;
    }
  }

  static void until(String what, int seconds, Callable<Boolean> holds) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!holds.call()) {
      if (System.nanoTime() > end) throw new NotRun("waited " + seconds + " s for " + what);
      Thread.sleep(50);
    }
  }

  String topic(String line) throws Exception {
    return topic(line, "", 1, Map.of());
  }

  /** @param more at the end of its name */
  String topic(String line, String more, int partitions, Map<String, String> configs) throws Exception {
    String name = name(line) + more;
    short copies = (short) given.get("copies").asInt();
    get(admin.createTopics(List.of(new NewTopic(name, partitions, copies).configs(configs))).all());
    until(
        name + " to have leaders",
        ANSWER_S,
        () -> {
          try {
            var told = get(admin.describeTopics(List.of(name)).allTopicNames()).get(name).partitions();
            return told.size() == partitions && told.stream().allMatch(one -> one.leader() != null && one.leader().id() >= 0);
          } catch (org.apache.kafka.common.errors.UnknownTopicOrPartitionException error) {
            return false;
          }
        });
    return name;
  }

  Properties with(Map<String, ?> more) {
    Properties all = new Properties();
    all.putAll(settings);
    all.putAll(more);
    return all;
  }

  KafkaProducer<byte[], byte[]> producer(Map<String, ?> more) {
    return new KafkaProducer<>(with(more), new ByteArraySerializer(), new ByteArraySerializer());
  }

  KafkaConsumer<byte[], byte[]> consumer(String group, Map<String, ?> more) {
    Properties all = with(Map.of("group.id", group, "auto.offset.reset", "earliest", "enable.auto.commit", "false"));
    all.putAll(more);
    return new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  void send(Map<String, ?> more, List<ProducerRecord<byte[], byte[]>> records) throws Exception {
    try (var producer = producer(more)) {
      List<Future<?>> told = new ArrayList<>();
      for (var record : records) told.add(producer.send(record));
      for (var one : told) get(one);
    }
  }

  /** The first records of one partition. */
  List<ConsumerRecord<byte[], byte[]>> read(String topic, int partition, int count, Map<String, ?> more)
      throws Exception {
    try (var consumer = consumer(topic + ".read", more)) {
      var at = List.of(new TopicPartition(topic, partition));
      consumer.assign(at);
      consumer.seekToBeginning(at);
      return take(consumer, count, ANSWER_S);
    }
  }

  static List<ConsumerRecord<byte[], byte[]>> take(KafkaConsumer<byte[], byte[]> consumer, int count, int seconds)
      throws Exception {
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    until(
        count + " records",
        seconds,
        () -> {
          consumer.poll(Duration.ofMillis(200)).forEach(found::add);
          return found.size() >= count;
        });
    return found;
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(5));
  }
}
