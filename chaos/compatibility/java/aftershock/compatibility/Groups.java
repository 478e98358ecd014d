package aftershock.compatibility;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** No line: what the lines about groups do alike. */
final class Groups {
  private static final int PARTITIONS = 4;

  private Groups() {}

  static String sharesAndGoesOn(Place place, String line, String protocol) throws Exception {
    String topic = place.topic(line, "", PARTITIONS, Map.of());
    Map<String, ?> settings = Map.of("group.protocol", protocol);
    List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
    for (int n = 0; n < 40; n++) sent.add(new ProducerRecord<>(topic, n % PARTITIONS, null, Place.bytes("" + n)));
    place.send(Map.of(), sent);
    Set<String> found = new HashSet<>();
    try (var first = place.consumer(topic, settings);
        var second = place.consumer(topic, settings)) {
      var members = List.of(first, second);
      for (var one : members) one.subscribe(List.of(topic));
      Place.until(
          "two members to share four partitions and to read all of it",
          60,
          () -> {
            for (var one : members)
              one.poll(Duration.ofMillis(100)).forEach(record -> found.add(record.partition() + "/" + record.offset()));
            return first.assignment().size() == 2 && second.assignment().size() == 2 && found.size() == 40;
          });
      for (var one : members) {
        Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
        for (var at : one.assignment()) done.put(at, new OffsetAndMetadata(40 / PARTITIONS));
        one.commitSync(done, Duration.ofSeconds(Place.ANSWER_S));
      }
    }
    place.send(Map.of(), List.of(new ProducerRecord<>(topic, 0, null, Place.bytes("later"))));
    try (var third = place.consumer(topic, settings)) {
      third.subscribe(List.of(topic));
      var record = Place.take(third, 1, 60).get(0);
      Place.must(new String(record.value()).equals("later"), "a member that came later began with something else");
    }
    return "two members share, commit, and a third goes on where they were";
  }
}
