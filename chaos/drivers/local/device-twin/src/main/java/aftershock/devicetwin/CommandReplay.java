package aftershock.devicetwin;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Which commands devices were sent before this processor: in another region, whose state may have come here less far
 * than its commands did. It reads the commands that were copied, and the acknowledgements from the last offset that the
 * group has committed: devices that come here tell there what they did last. Nobody who knows that sends it again.
 */
final class CommandReplay {
  private static final Duration WITHIN = Duration.ofSeconds(30);
  /** What a client needs to log in, and where. */
  private static final List<String> SHARED = List.of("bootstrap.servers", "sasl.", "security.", "ssl.", "config.providers");

  private final Properties properties;
  private final EventLog events;

  private CommandReplay(Properties properties, EventLog events) {
    this.properties = properties;
    this.events = events;
  }

  /** Null where the instance is to know its own state alone. */
  static CommandReplay of(Properties properties, EventLog events) {
    return Boolean.parseBoolean(properties.getProperty("twin.replay")) ? new CommandReplay(properties, events) : null;
  }

  /** The newest command of each device and epoch, by `device/epoch`. */
  Map<String, Long> newest(int partition) {
    var commands = new TopicPartition(properties.getProperty("twin.commands"), partition);
    var acknowledgements = new TopicPartition(properties.getProperty("twin.acknowledgements"), partition);
    var all = List.of(commands, acknowledgements);
    Map<String, Long> newest = new HashMap<>();
    long records = 0;
    var strings = new StringDeserializer();
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings(), strings, strings)) {
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      OffsetAndMetadata committed = consumer.committed(Set.of(acknowledgements)).get(acknowledgements);
      consumer.assign(all);
      consumer.seekToBeginning(all);
      if (committed != null) consumer.seek(acknowledgements, committed.offset());
      long deadline = System.nanoTime() + WITHIN.toNanos();
      while (!all.stream().allMatch(one -> consumer.position(one) >= ends.get(one))) {
        if (System.nanoTime() > deadline)
          throw new TimeoutException("commands of partition " + partition + " were not read in time");
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          RecordId id = RecordId.in(record.value());
          if (id == null) continue;
          records++;
          newest.merge(key(id), id.sequence(), Math::max);
        }
      }
    }
    events.replayed(partition, records);
    return newest;
  }

  static String key(RecordId id) {
    return id.device() + "/" + id.epoch();
  }

  private Properties settings() {
    Properties settings = new Properties();
    for (String name : properties.stringPropertyNames())
      if (SHARED.stream().anyMatch(name::startsWith)) settings.put(name, properties.getProperty(name));
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, properties.getProperty("application.id"));
    settings.put(ConsumerConfig.CLIENT_ID_CONFIG, properties.getProperty("client.id") + "-replay");
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    return settings;
  }
}
