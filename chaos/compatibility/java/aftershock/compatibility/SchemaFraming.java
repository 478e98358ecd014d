package aftershock.compatibility;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;

final class SchemaFraming implements Line {
  @Override
  public String probe(Place place) throws Exception {
    String topic = place.topic("schema-framing");
    byte[] value = ByteBuffer.allocate(261).put((byte) 0).putInt(100_001).put(new byte[256]).array();
    byte[] key = ByteBuffer.allocate(8).put((byte) 0).putInt(7).put(Place.bytes("d-1")).array();
    place.send(Map.of(), List.of(new ProducerRecord<>(topic, 0, key, value)));
    var found = place.read(topic, 0, 1, Map.of()).get(0);
    Place.must(Arrays.equals(found.value(), value) && Arrays.equals(found.key(), key), "the frame came back otherwise");
    return "magic byte, four bytes of id, and what follows, in keys and values";
  }
}
