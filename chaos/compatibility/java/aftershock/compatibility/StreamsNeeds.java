package aftershock.compatibility;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Produced;

final class StreamsNeeds implements Line {
  @Override
  public String probe(Place place) throws Exception {
    String in = place.topic("streams-needs", ".in", 2, Map.of());
    String out = place.topic("streams-needs", ".out", 1, Map.of());
    Path state = Files.createTempDirectory("aftershock-streams-");
    var builder = new StreamsBuilder();
    // A new key, a topic to sort by it, a store with a changelog: what a stateful processor makes of its own.
    builder.<String, String>stream(in)
        .groupBy((key, value) -> value)
        .count()
        .toStream()
        .to(out, Produced.with(Serdes.String(), Serdes.Long()));
    var settings =
        place.with(
            Map.of(
                StreamsConfig.APPLICATION_ID_CONFIG, place.name("streams-needs"),
                StreamsConfig.STATE_DIR_CONFIG, state.toString(),
                StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2,
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "100",
                StreamsConfig.REPLICATION_FACTOR_CONFIG, place.given.get("copies").asText(),
                StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class.getName(),
                StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class.getName(),
                "auto.offset.reset", "earliest"));
    List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
    for (int n = 0; n < 60; n++) sent.add(new ProducerRecord<>(in, n % 2, Place.bytes("k" + n), Place.bytes("v" + n % 3)));
    place.send(Map.of(), sent);
    var streams = new KafkaStreams(builder.build(), settings);
    try (var consumer = place.consumer(place.name("streams-needs") + ".read", Map.of("isolation.level", "read_committed"))) {
      streams.start();
      consumer.subscribe(List.of(out));
      Map<String, Long> counts = new HashMap<>();
      Place.until(
          "counts of three values",
          90,
          () -> {
            consumer.poll(Duration.ofMillis(200)).forEach(one -> counts.put(new String(one.key()), ByteBuffer.wrap(one.value()).getLong()));
            return counts.equals(Map.of("v0", 20L, "v1", 20L, "v2", 20L));
          });
    } finally {
      streams.close(Duration.ofSeconds(20));
      streams.cleanUp();
      try (var left = Files.walk(state)) {
        left.sorted(java.util.Comparator.reverseOrder()).forEach(one -> one.toFile().delete());
      }
    }
    return "a repartition topic, a changelog, and exactly-once";
  }
}
