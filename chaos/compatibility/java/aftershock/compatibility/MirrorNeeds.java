package aftershock.compatibility;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;

final class MirrorNeeds implements Line {
  @Override
  public String probe(Place place) throws Exception {
    String topic = place.topic("mirror-needs", "", 2, Map.of("retention.ms", "7200000"));
    List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
    for (int n = 0; n < 40; n++) sent.add(new ProducerRecord<>(topic, n % 2, null, Place.bytes("" + n)));
    place.send(Map.of(), sent);
    // The cluster is mirrored into itself, under another name.
    String source = place.prefix + "mirror";
    try (var worker = new ConnectWorker(place, "mirror-needs")) {
      Map<String, String> config = new TreeMap<>();
      config.put("connector.class", "org.apache.kafka.connect.mirror.MirrorSourceConnector");
      config.put("tasks.max", "1");
      config.put("source.cluster.alias", source);
      config.put("target.cluster.alias", place.prefix + "target");
      config.put("replication.policy.separator", "_");
      config.put("topics", topic);
      config.put("replication.factor", place.given.get("copies").asText());
      config.put("offset-syncs.topic.replication.factor", place.given.get("copies").asText());
      config.put("sync.topic.acls.enabled", "false");
      config.put("key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
      for (String cluster : new String[] {"source.cluster.", "target.cluster."})
        ConnectWorker.clientSettings(place).forEach((key, value) -> config.put(cluster + key, value));
      worker.connector("mirror", config);
      String remote = source + "_" + topic;
      Place.until("the mirror to make " + remote, 60, () -> Place.get(place.admin.listTopics().names()).contains(remote));
      for (int partition = 0; partition < 2; partition++) {
        var found = place.read(remote, partition, 20, Map.of());
        Place.must(new String(found.get(19).value()).equals("" + (38 + partition)), "the mirror has other records");
      }
    }
    return "MirrorMaker 2 makes the topic with its partitions, and has every record";
  }
}
