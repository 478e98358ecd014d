package aftershock.outboxpoller;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.SourceConnector;

/**
 * A source that asks a table again and again for rows above the highest id, or after the latest time, that it has read, as
 * many do. It is the lab's own and no product: it passes over rows that are committed after others with higher ids, and by
 * time over the rest of those that have the time of the last one. That is what it is there for.
 */
public final class OutboxPoller extends SourceConnector {
  static final String URL = "url";
  static final String TABLE = "table";
  static final String TOPIC = "topic";
  static final String COLUMN = "column";
  static final String ROWS = "rows";

  private Map<String, String> properties = Map.of();

  @Override
  public void start(Map<String, String> given) {
    properties = Map.copyOf(given);
  }

  @Override
  public Class<? extends Task> taskClass() {
    return OutboxPollerTask.class;
  }

  /** One: two would read the same rows. */
  @Override
  public List<Map<String, String>> taskConfigs(int most) {
    return List.of(properties);
  }

  @Override
  public void stop() {}

  @Override
  public ConfigDef config() {
    return new ConfigDef()
        .define(URL, ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "JDBC URL of the database")
        .define(TABLE, ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "Table with id, aggregate and sequence")
        .define(TOPIC, ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "Topic of its records")
        .define(COLUMN, ConfigDef.Type.STRING, "id", ConfigDef.Importance.HIGH, "Column of numbers that it goes by")
        .define(ROWS, ConfigDef.Type.INT, 500, ConfigDef.Importance.LOW, "Rows that it asks for at once");
  }

  @Override
  public String version() {
    return "0";
  }
}
