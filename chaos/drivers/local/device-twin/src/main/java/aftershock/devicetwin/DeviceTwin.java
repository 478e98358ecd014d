package aftershock.devicetwin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.Stores;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One instance of the lab's stateful processor. Its one argument is a file of properties: those of Kafka Streams, and
 * `twin.*` of its own.
 */
public final class DeviceTwin {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceTwin.class);
  /** It commits and closes its state in order; while brokers live that takes a second. */
  private static final Duration CLOSE = Duration.ofSeconds(8);

  private DeviceTwin() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Properties properties = new Properties();
    try (var file = Files.newInputStream(Path.of(args[0]))) {
      properties.load(file);
    }
    CountDownLatch ended = new CountDownLatch(1);
    EventLog events = new EventLog(properties.getProperty("twin.events"));
    KafkaStreams streams = new KafkaStreams(topology(properties, CommandReplay.of(properties, events)), properties);
    streams.setGlobalStateRestoreListener(events);
    streams.setStandbyUpdateListener(events);
    streams.setStateListener((now, before) -> events.state(now.name()));
    // A broker's trouble may end a thread: the instance goes on with another one, as operators have it.
    streams.setUncaughtExceptionHandler(
        trouble -> {
          LOG.error("a stream thread ended and is replaced", trouble);
          return StreamThreadExceptionResponse.REPLACE_THREAD;
        });
    StatusServer status =
        new StatusServer(
            streams,
            properties.getProperty("twin.host"),
            Integer.parseInt(properties.getProperty("twin.port")));
    SinkWriter writer = SinkWriter.of(properties);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  end(writer);
                  streams.close(CLOSE);
                  status.close();
                  ended.countDown();
                }));
    streams.start();
    if (writer != null) writer.start();
    ended.await();
  }

  private static void end(SinkWriter writer) {
    try {
      if (writer != null) writer.close();
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  private static Topology topology(Properties properties, CommandReplay replay) {
    String acknowledgements = properties.getProperty("twin.acknowledgements");
    long every = Long.parseLong(properties.getProperty("twin.every"));
    var strings = Serdes.String();
    return new Topology()
        .addSource(
            "records",
            strings.deserializer(),
            strings.deserializer(),
            properties.getProperty("twin.telemetry"),
            acknowledgements)
        .addProcessor("twin", () -> new TwinProcessor(acknowledgements, every, replay), "records")
        // With its cache, as the library's own aggregations have it: changes wait for the next commit.
        .addStateStore(
            Stores.keyValueStoreBuilder(
                    Stores.persistentKeyValueStore(TwinProcessor.STORE), strings, strings)
                .withCachingEnabled(),
            "twin")
        .addSink(
            "commands",
            properties.getProperty("twin.commands"),
            strings.serializer(),
            Command.SERIALIZER,
            new Command.Partitioner(),
            "twin");
  }
}
