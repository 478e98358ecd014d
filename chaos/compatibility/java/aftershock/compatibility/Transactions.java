package aftershock.compatibility;

import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;

final class Transactions implements Line {
  @Override
  public String probe(Place place) throws Exception {
    String topic = place.topic("transactions");
    String group = topic + ".group";
    Map<String, ?> settings = Map.of("transactional.id", topic);
    var at = new TopicPartition(topic, 0);
    try (var own = place.producer(settings);
        var consumer = place.consumer(group, Map.of())) {
      own.initTransactions();
      own.beginTransaction();
      own.send(new ProducerRecord<>(topic, Place.bytes("aborted")));
      own.flush();
      own.abortTransaction();
      own.beginTransaction();
      own.send(new ProducerRecord<>(topic, Place.bytes("committed")));
      own.sendOffsetsToTransaction(Map.of(at, new OffsetAndMetadata(7)), consumer.groupMetadata());
      own.commitTransaction();
      var found = place.read(topic, 0, 1, Map.of("isolation.level", "read_committed")).get(0);
      Place.must(new String(found.value()).equals("committed"), "a reader of what is committed got what is not");
      var told = Place.get(place.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()).get(at);
      Place.must(told != null && told.offset() == 7, "the offset in the transaction is " + told + ", and was 7");
      try (var other = place.producer(settings)) {
        other.initTransactions();
        try {
          own.beginTransaction();
          own.send(new ProducerRecord<>(topic, Place.bytes("late")));
          own.commitTransaction();
        } catch (ProducerFencedException | InvalidProducerEpochException error) {
          return "committed is read, aborted is not, offsets go with it, and who was replaced is fenced";
        }
      }
    }
    throw new Lacks("who was replaced could still commit");
  }
}
