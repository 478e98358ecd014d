package aftershock.compatibility;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

final class GroupAdministration implements Line {
  @Override
  public String probe(Place place) throws Exception {
    String topic = place.topic("group-administration");
    List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
    for (int n = 0; n < 5; n++) sent.add(new ProducerRecord<>(topic, 0, null, Place.bytes("v")));
    place.send(Map.of(), sent);
    try (var consumer = place.consumer(topic, Map.of())) {
      consumer.subscribe(List.of(topic));
      Place.take(consumer, 5, 60);
      consumer.commitSync();
    }
    var at = new TopicPartition(topic, 0);
    Place.must(
        Place.get(place.admin.describeConsumerGroups(List.of(topic)).all()).get(topic).groupId().equals(topic),
        "a group is described as another one");
    Place.get(place.admin.alterConsumerGroupOffsets(topic, Map.of(at, new OffsetAndMetadata(2))).all());
    long told = Place.get(place.admin.listConsumerGroupOffsets(topic).partitionsToOffsetAndMetadata()).get(at).offset();
    Place.must(told == 2, "offsets were set to 2, and are told as " + told);
    Place.get(place.admin.deleteConsumerGroups(List.of(topic)).all());
    return "described, its offsets told and set, and deleted";
  }
}
