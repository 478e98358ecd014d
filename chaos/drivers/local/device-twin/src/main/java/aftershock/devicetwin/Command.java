package aftershock.devicetwin;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.StreamPartitioner;

/**
 * A command to a device: its name is `device/epoch/number`.
 *
 * @param partition that of the device's own records: commands and what answers them stay with its twin, however the
 *     fleet's clients choose partitions
 */
record Command(RecordId id, int partition) {
  static final Serializer<Command> SERIALIZER =
      (topic, command) ->
          ("{\"id\":\"" + command.id() + "\",\"kind\":\"command\"}").getBytes(StandardCharsets.UTF_8);

  static final class Partitioner implements StreamPartitioner<String, Command> {
    @Override
    public Optional<Set<Integer>> partitions(String topic, String key, Command command, int partitions) {
      return Optional.of(Set.of(command.partition() % partitions));
    }
  }
}
