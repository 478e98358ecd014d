package aftershock.compatibility;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;

final class IdempotentProducer implements Line {
  @Override
  public String probe(Place place) throws Exception {
    String topic = place.topic("idempotent-producer");
    List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
    for (int n = 0; n < 200; n++) sent.add(new ProducerRecord<>(topic, 0, null, Place.bytes("" + n)));
    place.send(Map.of("enable.idempotence", true, "acks", "all"), sent);
    var found = place.read(topic, 0, 200, Map.of());
    for (int n = 0; n < 200; n++)
      Place.must(new String(found.get(n).value()).equals("" + n), "records are missing, twice or in another order");
    return "200 records, each once and in order";
  }
}
