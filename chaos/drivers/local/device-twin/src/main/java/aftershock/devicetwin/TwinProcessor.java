package aftershock.devicetwin;

import java.util.Map;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Keeps a twin of each device, and sends it a command whenever its sequence has passed another multiple. A record that
 * the twin knows already changes nothing. What a twin is rests on the stored records alone, in their order: whoever
 * reads them again must come to the same twins and the same commands.
 */
final class TwinProcessor implements Processor<String, String, String, Command> {
  static final String STORE = "twins";

  private final String acknowledgements;
  private final long every;
  private final CommandReplay replay;
  private Map<String, Long> sentElsewhere = Map.of();
  private ProcessorContext<String, Command> context;
  private KeyValueStore<String, String> twins;

  /**
   * @param replay of what devices were sent in another region; null: there is none
   */
  TwinProcessor(String acknowledgements, long every, CommandReplay replay) {
    this.acknowledgements = acknowledgements;
    this.every = every;
    this.replay = replay;
  }

  @Override
  public void init(ProcessorContext<String, Command> context) {
    this.context = context;
    twins = context.getStateStore(STORE);
    if (replay != null) sentElsewhere = replay.newest(context.taskId().partition());
  }

  @Override
  public void process(Record<String, String> record) {
    RecordId id = RecordId.in(record.value());
    if (id == null) return;
    Twin before = Twin.parse(twins.get(id.device()));
    if (isAcknowledgement()) {
      Twin after = before.acknowledging(id);
      if (after != before) twins.put(id.device(), after.toString());
      return;
    }
    if (before.knows(id)) return;
    Twin after = before.after(id, every);
    twins.put(id.device(), after.toString());
    long issued = before.epoch() == id.epoch() ? before.issued() : 0;
    long known = sentElsewhere.getOrDefault(CommandReplay.key(id), 0L);
    if (after.issued() > Math.max(issued, known)) send(id, after, record);
  }

  private void send(RecordId cause, Twin twin, Record<String, String> record) {
    int partition = context.recordMetadata().orElseThrow().partition();
    Command command = new Command(new RecordId(cause.device(), cause.epoch(), twin.issued()), partition);
    context.forward(record.withKey(cause.device()).withValue(command));
  }

  private boolean isAcknowledgement() {
    return context.recordMetadata().orElseThrow().topic().equals(acknowledgements);
  }
}
