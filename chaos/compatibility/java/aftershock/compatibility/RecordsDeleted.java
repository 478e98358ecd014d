package aftershock.compatibility;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

final class RecordsDeleted implements Line {
  @Override
  public String probe(Place place) throws Exception {
    String topic = place.topic("records-deleted");
    List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
    for (int n = 0; n < 10; n++) sent.add(new ProducerRecord<>(topic, 0, null, Place.bytes("v")));
    place.send(Map.of(), sent);
    var at = new TopicPartition(topic, 0);
    Place.get(place.admin.deleteRecords(Map.of(at, RecordsToDelete.beforeOffset(6))).all());
    long told = Place.get(place.admin.listOffsets(Map.of(at, OffsetSpec.earliest())).all()).get(at).offset();
    Place.must(told == 6, "records before 6 were deleted, and the log begins at " + told);
    Place.get(place.admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all());
    Place.until(
        "partitions that were added to be told",
        Place.ANSWER_S,
        () -> Place.get(place.admin.describeTopics(List.of(topic)).allTopicNames()).get(topic).partitions().size() == 3);
    return "records before an offset are deleted, and partitions are added";
  }
}
