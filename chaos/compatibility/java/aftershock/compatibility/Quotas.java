package aftershock.compatibility;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;

final class Quotas implements Line {
  @Override
  public String probe(Place place) throws Exception {
    String client = place.name("quotas");
    String topic = place.topic("quotas");
    var entity = new ClientQuotaEntity(Map.of(ClientQuotaEntity.CLIENT_ID, client));
    alter(place, entity, 20_000.0);
    try {
      var filter = ClientQuotaFilter.containsOnly(List.of(ClientQuotaFilterComponent.ofEntity(ClientQuotaEntity.CLIENT_ID, client)));
      Place.until("the quota to be told", Place.ANSWER_S, () -> {
        var told = Place.get(place.admin.describeClientQuotas(filter).entities()).get(entity);
        return told != null && told.get("producer_byte_rate") == 20_000.0;
      });
      try (var producer = place.producer(Map.of("client.id", client))) {
        boolean[] held = {false};
        Place.until("a broker to hold a producer back", Place.ANSWER_S, () -> {
          for (int n = 0; n < 5; n++) producer.send(new ProducerRecord<>(topic, 0, null, new byte[20_000]));
          producer.flush();
          producer.metrics().forEach((name, metric) -> {
            if (name.name().equals("produce-throttle-time-max") && metric.metricValue() instanceof Double ms && ms > 0) held[0] = true;
          });
          return held[0];
        });
      }
    } finally {
      alter(place, entity, null);
    }
    return "a quota is set, told and taken away, and a limited producer is held back";
  }

  private static void alter(Place place, ClientQuotaEntity entity, Double rate) throws Exception {
    var op = new ClientQuotaAlteration.Op("producer_byte_rate", rate);
    Place.get(place.admin.alterClientQuotas(List.of(new ClientQuotaAlteration(entity, List.of(op)))).all());
  }
}
