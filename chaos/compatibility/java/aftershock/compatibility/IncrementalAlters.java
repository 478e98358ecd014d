package aftershock.compatibility;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

final class IncrementalAlters implements Line {
  @Override
  public String probe(Place place) throws Exception {
    String topic = place.topic("incremental-alters", "", 1, Map.of("retention.ms", "3600000", "segment.ms", "1800000"));
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    var op = new AlterConfigOp(new ConfigEntry("retention.ms", "7200000"), AlterConfigOp.OpType.SET);
    Place.get(place.admin.incrementalAlterConfigs(Map.of(resource, List.of(op))).all());
    Place.until("the change to be told", Place.ANSWER_S, () -> told(place, resource).get("retention.ms").value().equals("7200000"));
    Place.must(told(place, resource).get("segment.ms").value().equals("1800000"), "a change of one setting took another one away");
    return "one setting is changed, and the others stay";
  }

  private static Config told(Place place, ConfigResource resource) throws Exception {
    return Place.get(place.admin.describeConfigs(List.of(resource)).all()).get(resource);
  }
}
