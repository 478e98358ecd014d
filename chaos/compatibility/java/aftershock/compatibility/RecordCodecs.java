package aftershock.compatibility;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;

final class RecordCodecs implements Line {
  @Override
  public String probe(Place place) throws Exception {
    List<String> codecs = List.of("gzip", "snappy", "lz4", "zstd");
    String topic = place.topic("record-codecs", "", codecs.size(), Map.of());
    for (int partition = 0; partition < codecs.size(); partition++) {
      String codec = codecs.get(partition);
      List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
      for (int n = 0; n < 20; n++)
        sent.add(new ProducerRecord<>(topic, partition, null, Place.bytes("a record that compresses well ".repeat(40) + n)));
      place.send(Map.of("compression.type", codec, "linger.ms", 50), sent);
      same(codec, place, topic, partition, sent.get(19).value());
      // And what librdkafka wrote, where it was tried before.
      String others = place.prefix + "record-codecs.librdkafka";
      if (Place.get(place.admin.listTopics().names()).contains(others))
        same(codec + " of librdkafka", place, others, partition, sent.get(19).value());
    }
    return String.join(", ", codecs);
  }

  private static void same(String what, Place place, String topic, int partition, byte[] last) throws Exception {
    var found = place.read(topic, partition, 20, Map.of());
    Place.must(Arrays.equals(found.get(19).value(), last), what + " is read otherwise");
  }
}
