package aftershock.compatibility;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

final class StaticMembership implements Line {
  @Override
  public String probe(Place place) throws Exception {
    String topic = place.topic("static-membership", "", 2, Map.of());
    List<String> changes = new ArrayList<>();
    var first = member(place, topic, "first", changes);
    var second = member(place, topic, "second", changes);
    try {
      settle(first, second);
      var had = second.assignment();
      int generation = first.groupMetadata().generationId();
      second.close();
      int before = changes.size();
      second = member(place, topic, "second", changes);
      settle(first, second);
      Place.must(second.assignment().equals(had), "who came back got another partition");
      Place.must(!changes.subList(before, changes.size()).contains("first"), "the other member was given partitions anew");
      Place.must(first.groupMetadata().generationId() == generation, "the group was balanced anew");
    } finally {
      first.close();
      second.close();
    }
    return "who comes back by its name has its partition, and the group is not balanced anew";
  }

  private static KafkaConsumer<byte[], byte[]> member(Place place, String topic, String name, List<String> changes) {
    var one =
        place.consumer(
            topic, Map.of("group.instance.id", name, "group.protocol", "classic", "session.timeout.ms", "30000"));
    one.subscribe(
        List.of(topic),
        new ConsumerRebalanceListener() {
          @Override
          public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

          @Override
          public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            changes.add(name);
          }
        });
    return one;
  }

  private static void settle(KafkaConsumer<byte[], byte[]> first, KafkaConsumer<byte[], byte[]> second)
      throws Exception {
    Place.until(
        "two members with names of their own to have a partition each",
        60,
        () -> {
          first.poll(Duration.ofMillis(100));
          second.poll(Duration.ofMillis(100));
          return first.assignment().size() == 1 && second.assignment().size() == 1;
        });
  }
}
