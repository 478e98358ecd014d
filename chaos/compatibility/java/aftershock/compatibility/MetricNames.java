package aftershock.compatibility;

import com.sun.tools.attach.VirtualMachine;
import java.util.ArrayList;
import java.util.List;
import javax.management.ObjectName;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** By JMX, as the exporters of common dashboards ask: those of Strimzi, of Confluent's monitoring stacks, Kafka's own documentation. */
final class MetricNames implements Line {
  private static final List<String> ASKED =
      List.of(
          "kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec",
          "kafka.server:type=BrokerTopicMetrics,name=BytesInPerSec",
          "kafka.server:type=BrokerTopicMetrics,name=BytesOutPerSec",
          "kafka.server:type=BrokerTopicMetrics,name=TotalProduceRequestsPerSec",
          "kafka.server:type=BrokerTopicMetrics,name=TotalFetchRequestsPerSec",
          "kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions",
          "kafka.server:type=ReplicaManager,name=UnderMinIsrPartitionCount",
          "kafka.server:type=ReplicaManager,name=PartitionCount",
          "kafka.server:type=ReplicaManager,name=LeaderCount",
          "kafka.server:type=ReplicaManager,name=OfflineReplicaCount",
          "kafka.server:type=ReplicaManager,name=IsrShrinksPerSec",
          "kafka.server:type=ReplicaManager,name=IsrExpandsPerSec",
          "kafka.server:type=ReplicaFetcherManager,name=MaxLag,clientId=Replica",
          "kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent",
          "kafka.server:type=DelayedOperationPurgatory,name=PurgatorySize,delayedOperation=Produce",
          "kafka.server:type=DelayedOperationPurgatory,name=PurgatorySize,delayedOperation=Fetch",
          "kafka.network:type=SocketServer,name=NetworkProcessorAvgIdlePercent",
          "kafka.network:type=RequestChannel,name=RequestQueueSize",
          "kafka.network:type=RequestMetrics,name=TotalTimeMs,request=Produce",
          "kafka.network:type=RequestMetrics,name=TotalTimeMs,request=FetchConsumer",
          "kafka.network:type=RequestMetrics,name=RequestsPerSec,request=Produce,*",
          "kafka.controller:type=KafkaController,name=ActiveControllerCount",
          "kafka.controller:type=KafkaController,name=OfflinePartitionsCount",
          "kafka.log:type=LogFlushStats,name=LogFlushRateAndTimeMs",
          "kafka.log:type=Log,name=Size,*",
          "kafka.log:type=LogCleaner,name=*",
          "kafka.server:type=raft-metrics",
          "java.lang:type=Memory");

  @Override
  public String probe(Place place) throws Exception {
    var pids = place.given.get("pids");
    if (pids == null || pids.isEmpty()) throw new NotRun("only brokers of the lab can be asked for their JMX names");
    List<String> missing = new ArrayList<>(ASKED);
    for (var pid : pids) {
      var machine = VirtualMachine.attach(pid.asText());
      try (var connector = JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()))) {
        var beans = connector.getMBeanServerConnection();
        // What one broker has is there: some names are those of a leader, or of the active controller.
        for (String name : List.copyOf(missing))
          if (!beans.queryNames(new ObjectName(name), null).isEmpty()) missing.remove(name);
      } finally {
        machine.detach();
      }
    }
    Place.must(missing.isEmpty(), missing.size() + " of " + ASKED.size() + " names are missing: " + String.join("; ", missing));
    return ASKED.size() + " names that dashboards ask for";
  }
}
