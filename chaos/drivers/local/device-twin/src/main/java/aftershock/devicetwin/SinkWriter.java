package aftershock.devicetwin;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the last state of each device to a database, in batches, as most writers do: a record waits for a second. Who
 * is given a partition claims it first, and names with each batch the epoch that his claim had; what the database makes
 * of that is its own matter. A writer that hung does not know of the next one when it comes back: its batch is due.
 */
final class SinkWriter implements Runnable, ConsumerRebalanceListener {
  private static final Logger LOG = LoggerFactory.getLogger(SinkWriter.class);
  private static final long LINGER_NANOS = Duration.ofSeconds(1).toNanos();
  private static final Duration POLL = Duration.ofMillis(200);
  /** While the database is away nothing more is read than fits in a small heap. */
  private static final int MOST_WAITING = 20_000;

  private record Waiting(long since, long offset, RecordId id) {}

  private final Thread thread = new Thread(this, "sink-writer");
  private final KafkaConsumer<String, String> consumer;
  private final String topic;
  private final String url;
  private final int writer;
  private final Map<Integer, Long> epochs = new HashMap<>();
  private final Map<Integer, Deque<Waiting>> waiting = new HashMap<>();
  private Connection database;
  private volatile boolean isClosed;

  /** Null where the properties ask for none. */
  static SinkWriter of(Properties properties) {
    String url = properties.getProperty("writer.url");
    return url == null ? null : new SinkWriter(properties, url);
  }

  private SinkWriter(Properties properties, String url) {
    this.url = url;
    topic = properties.getProperty("twin.telemetry");
    writer = Integer.parseInt(properties.getProperty("writer.number"));
    Properties own = new Properties();
    own.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, properties.getProperty("bootstrap.servers"));
    own.put(ConsumerConfig.GROUP_ID_CONFIG, properties.getProperty("writer.group"));
    own.put(ConsumerConfig.CLIENT_ID_CONFIG, properties.getProperty("client.id") + "-writer");
    own.put(
        ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
        properties.getProperty("consumer.session.timeout.ms"));
    own.put(
        ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
        properties.getProperty("consumer.heartbeat.interval.ms"));
    own.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    own.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    own.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, "false");
    // How it logs in, if it does.
    for (String name : properties.stringPropertyNames())
      if (name.matches("(security|sasl|config\\.providers)\\b.*"))
        own.put(name, properties.getProperty(name));
    var strings = new StringDeserializer();
    consumer = new KafkaConsumer<>(own, strings, strings);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  @Override
  public void run() {
    consumer.subscribe(List.of(topic), this);
    while (!isClosed) {
      try {
        // Before it asks for more: wherever it hung, its batch comes before what is said of the group's members.
        writeIfItCan();
        long now = System.nanoTime();
        for (ConsumerRecord<String, String> record : consumer.poll(POLL)) take(record, now);
        if (size() > MOST_WAITING) consumer.pause(consumer.assignment());
        else consumer.resume(consumer.paused());
      } catch (KafkaException trouble) {
        LOG.warn("the writer goes on", trouble);
      }
    }
    consumer.close();
    forgetDatabase();
  }

  private void writeIfItCan() {
    try {
      write();
    } catch (SQLException trouble) {
      LOG.warn("the database did not take a batch: it is tried again", trouble);
      forgetDatabase();
    }
  }

  private int size() {
    return waiting.values().stream().mapToInt(Deque::size).sum();
  }

  private void take(ConsumerRecord<String, String> record, long now) {
    RecordId id = RecordId.in(record.value());
    if (id != null)
      waiting
          .computeIfAbsent(record.partition(), partition -> new ArrayDeque<>())
          .add(new Waiting(now, record.offset(), id));
  }

  private void write() throws SQLException {
    Map<TopicPartition, OffsetAndMetadata> written = new HashMap<>();
    for (int partition : List.copyOf(waiting.keySet())) {
      Deque<Waiting> mine = waiting.get(partition);
      List<Waiting> batch = due(mine);
      if (batch.isEmpty()) continue;
      if (!epochs.containsKey(partition)) epochs.put(partition, claim(partition));
      if (writeBatch(partition, epochs.get(partition), batch)) {
        for (int done = 0; done < batch.size(); done++) mine.remove();
        long next = batch.get(batch.size() - 1).offset() + 1;
        written.put(new TopicPartition(topic, partition), new OffsetAndMetadata(next));
      } else {
        // Somebody else has it: what is said of the group's members comes later.
        LOG.warn("fenced: partition {} has another writer", partition);
        mine.clear();
      }
    }
    if (!written.isEmpty()) consumer.commitSync(written, Duration.ofSeconds(5));
  }

  private static List<Waiting> due(Deque<Waiting> all) {
    long now = System.nanoTime();
    List<Waiting> batch = new ArrayList<>();
    for (Waiting one : all) {
      if (now - one.since() < LINGER_NANOS) break;
      batch.add(one);
    }
    return batch;
  }

  private long claim(int partition) throws SQLException {
    try (PreparedStatement statement = database().prepareStatement("SELECT claim_partition(?, ?)")) {
      statement.setInt(1, partition);
      statement.setInt(2, writer);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getLong(1);
      }
    }
  }

  private boolean writeBatch(int partition, long epoch, List<Waiting> batch) throws SQLException {
    StringBuilder rows = new StringBuilder();
    for (Waiting one : batch)
      rows.append(rows.isEmpty() ? "[" : ",")
          .append("{\"place\":").append(one.offset())
          .append(",\"id\":\"").append(one.id())
          .append("\",\"device\":\"").append(one.id().device())
          .append("\",\"epoch\":").append(one.id().epoch())
          .append(",\"sequence\":").append(one.id().sequence())
          .append('}');
    try (PreparedStatement statement =
        database().prepareStatement("SELECT write_states(?, ?, ?, ?::jsonb)")) {
      statement.setInt(1, partition);
      statement.setLong(2, epoch);
      statement.setInt(3, writer);
      statement.setString(4, rows.append(']').toString());
      try (ResultSet result = statement.executeQuery()) {
        result.next();
        return result.getBoolean(1);
      }
    }
  }

  private Connection database() throws SQLException {
    if (database == null || database.isClosed()) database = DriverManager.getConnection(url);
    return database;
  }

  private void forgetDatabase() {
    try {
      if (database != null) database.close();
    } catch (SQLException trouble) {
      LOG.debug("a connection that is given up", trouble);
    }
    database = null;
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    for (TopicPartition one : partitions) {
      waiting.remove(one.partition());
      epochs.remove(one.partition());
      try {
        epochs.put(one.partition(), claim(one.partition()));
      } catch (SQLException trouble) {
        LOG.warn("partition {} is claimed before its first batch", one.partition(), trouble);
        forgetDatabase();
      }
    }
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    for (TopicPartition one : partitions) {
      waiting.remove(one.partition());
      epochs.remove(one.partition());
    }
  }

  void close() throws InterruptedException {
    isClosed = true;
    consumer.wakeup();
    thread.join(5000);
  }
}
