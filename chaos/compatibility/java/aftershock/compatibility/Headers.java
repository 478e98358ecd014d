package aftershock.compatibility;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;

final class Headers implements Line {
  @Override
  public String probe(Place place) throws Exception {
    String topic = place.topic("headers");
    byte[] all = new byte[256];
    for (int n = 0; n < 256; n++) all[n] = (byte) n;
    var first = new ProducerRecord<byte[], byte[]>(topic, 0, null, Place.bytes("v"));
    first.headers().add("twice", Place.bytes("one")).add("twice", Place.bytes("two")).add("bytes", all).add("empty", new byte[0]).add("none", null);
    place.send(Map.of(), List.of(first, new ProducerRecord<>(topic, 0, Place.bytes("k"), null)));
    var found = place.read(topic, 0, 2, Map.of());
    var given = first.headers().toArray();
    var told = found.get(0).headers().toArray();
    Place.must(told.length == given.length, told.length + " of " + given.length + " headers came back");
    for (int n = 0; n < given.length; n++)
      Place.must(
          given[n].key().equals(told[n].key()) && Arrays.equals(given[n].value(), told[n].value()),
          "the header " + given[n].key() + " came back otherwise");
    Place.must(found.get(0).key() == null && found.get(1).value() == null, "an absent key or value came back as one");
    return "keys that repeat, bytes, empty and absent values";
  }
}
