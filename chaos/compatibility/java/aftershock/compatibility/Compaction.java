package aftershock.compatibility;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

final class Compaction implements Line {
  @Override
  public String probe(Place place) throws Exception {
    // What the probe of kafkajs wrote, and waited for, is read by another client.
    var at = new TopicPartition(place.prefix + "compaction.kafkajs", 0);
    Map<String, String> newest = new HashMap<>();
    int[] read = {0};
    long high;
    try (var consumer = place.consumer(place.name("compaction"), Map.of())) {
      consumer.assign(List.of(at));
      consumer.seekToBeginning(List.of(at));
      high = consumer.endOffsets(List.of(at)).get(at);
      long end = high;
      Place.until("the end of the topic", Place.ANSWER_S, () -> {
        consumer.poll(Duration.ofMillis(200)).forEach(one -> {
          read[0]++;
          newest.put(new String(one.key()), new String(one.value()));
        });
        return consumer.position(at) >= end;
      });
    }
    Place.must(read[0] < high, "all " + high + " records are still there");
    for (int n = 0; n < 10; n++)
      Place.must(("value-9-" + n).equals(newest.get("key-" + n)), "the newest value of key-" + n + " is gone");
    return read[0] + " of " + high + " records are left, with the newest of each key";
  }
}
