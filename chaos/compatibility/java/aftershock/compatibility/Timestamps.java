package aftershock.compatibility;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.record.TimestampType;

final class Timestamps implements Line {
  @Override
  public String probe(Place place) throws Exception {
    long past = 1_600_000_000_000L;
    String topic = place.topic("timestamps");
    String appended = place.topic("timestamps", ".append", 1, Map.of("message.timestamp.type", "LogAppendTime"));
    for (String one : List.of(topic, appended))
      place.send(Map.of(), List.of(new ProducerRecord<>(one, 0, past, null, Place.bytes("v"))));
    var kept = place.read(topic, 0, 1, Map.of()).get(0);
    Place.must(kept.timestamp() == past && kept.timestampType() == TimestampType.CREATE_TIME, "the time of a device came back as " + kept.timestamp());
    var own = place.read(appended, 0, 1, Map.of()).get(0);
    Place.must(own.timestampType() == TimestampType.LOG_APPEND_TIME, "brokers do not put their own time where a topic asks for it");
    Place.must(Math.abs(own.timestamp() - System.currentTimeMillis()) < 3_600_000, "their time is " + own.timestamp());
    return "a device's time is kept; brokers' own where a topic asks for it";
  }
}
