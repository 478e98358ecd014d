package aftershock.compatibility;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;

final class LargeRecords implements Line {
  @Override
  public String probe(Place place) throws Exception {
    String topic = place.topic("large-records", "", 1, Map.of("max.message.bytes", "6000000"));
    byte[] value = new byte[4_000_000];
    new Random(4).nextBytes(value);
    place.send(Map.of("max.request.size", 6_000_000), List.of(new ProducerRecord<>(topic, 0, null, value)));
    var found = place.read(topic, 0, 1, Map.of("max.partition.fetch.bytes", 1_000_000)).get(0);
    Place.must(Arrays.equals(found.value(), value), "a record of 4 MB is read otherwise");
    return "4 MB, also by a reader that asks for less";
  }
}
