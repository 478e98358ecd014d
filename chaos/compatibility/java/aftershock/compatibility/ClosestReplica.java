package aftershock.compatibility;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.producer.ProducerRecord;

final class ClosestReplica implements Line {
  @Override
  public String probe(Place place) throws Exception {
    Map<Integer, String> racks = new java.util.HashMap<>();
    for (var node : Place.get(place.admin.describeCluster().nodes())) if (node.hasRack()) racks.put(node.id(), node.rack());
    if (new TreeSet<>(racks.values()).size() < 2) throw new NotRun("brokers name no racks, or one");
    String topic = place.topic("closest-replica", "", 6, Map.of());
    List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
    for (int n = 0; n < 60; n++) sent.add(new ProducerRecord<>(topic, n % 6, null, Place.bytes("v")));
    place.send(Map.of(), sent);
    var partitions = Place.get(place.admin.describeTopics(List.of(topic)).allTopicNames()).get(topic).partitions();
    if (partitions.stream().allMatch(one -> one.replicas().size() < 2))
      throw new NotRun("each partition has one replica: none is closer than another");
    String rack = new TreeSet<>(racks.values()).first();
    Set<Integer> away = new HashSet<>();
    for (var one : partitions)
      if (!rack.equals(racks.get(one.leader().id()))
          && one.replicas().stream().anyMatch(replica -> rack.equals(racks.get(replica.id())))) away.add(one.partition());
    Place.must(!away.isEmpty(), "no partition is led from another rack");
    Set<Integer> near = new HashSet<>();
    try (var consumer = place.consumer(topic, Map.of("client.rack", rack))) {
      consumer.subscribe(List.of(topic));
      long end = System.nanoTime() + 30_000_000_000L;
      while (System.nanoTime() < end && !near.containsAll(away)) {
        consumer.poll(Duration.ofMillis(100));
        consumer.metrics().forEach(
            (name, metric) -> {
              if (!name.name().equals("preferred-read-replica")) return;
              if (metric.metricValue() instanceof Number id && rack.equals(racks.get(id.intValue())))
                near.add(Integer.valueOf(name.tags().get("partition")));
            });
      }
    }
    near.retainAll(away);
    Place.must(near.equals(away), near.size() + " of " + away.size() + " partitions that are led elsewhere are read from the own rack");
    return away.size() + " partitions that are led elsewhere are read in " + rack;
  }
}
