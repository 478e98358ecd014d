package aftershock.compatibility;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

final class OffsetsByTime implements Line {
  @Override
  public String probe(Place place) throws Exception {
    long start = 1_600_000_000_000L;
    String topic = place.topic("offsets-by-time");
    List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
    for (int n = 0; n < 10; n++) sent.add(new ProducerRecord<>(topic, 0, start + n * 1000L, null, Place.bytes("v")));
    place.send(Map.of(), sent);
    var at = new TopicPartition(topic, 0);
    try (var consumer = place.consumer(topic, Map.of())) {
      long found = consumer.offsetsForTimes(Map.of(at, start + 3500)).get(at).offset();
      Place.must(found == 4, "the first record from 3.5 s on is at 4, and " + found + " was told");
      long low = consumer.beginningOffsets(List.of(at)).get(at);
      long high = consumer.endOffsets(List.of(at)).get(at);
      Place.must(low == 0 && high == 10, "the log is told to be from " + low + " to " + high);
    }
    return "the first record from a time on; beginning and end";
  }
}
