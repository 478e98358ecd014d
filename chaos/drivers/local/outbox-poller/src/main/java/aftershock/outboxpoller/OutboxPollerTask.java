package aftershock.outboxpoller;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/** Reads rows above the highest id that it has read, a hundred milliseconds after it found none. */
public final class OutboxPollerTask extends SourceTask {
  private static final int ROWS = 500;
  private static final long PAUSE_MS = 100;

  private Map<String, String> properties = Map.of();
  private Map<String, String> partition = Map.of();
  private Connection connection;
  private long highest;

  @Override
  public void start(Map<String, String> given) {
    properties = Map.copyOf(given);
    partition = Map.of(OutboxPoller.TABLE, properties.get(OutboxPoller.TABLE));
    Map<String, Object> last = context.offsetStorageReader().offset(partition);
    highest = last == null ? 0 : ((Number) last.get("id")).longValue();
  }

  @Override
  public List<SourceRecord> poll() throws InterruptedException {
    try {
      List<SourceRecord> records = read();
      if (!records.isEmpty()) return records;
    } catch (SQLException error) {
      close();
      throw new RetriableException(error);
    }
    Thread.sleep(PAUSE_MS);
    return null;
  }

  private List<SourceRecord> read() throws SQLException {
    if (connection == null) connection = DriverManager.getConnection(properties.get(OutboxPoller.URL));
    String table = properties.get(OutboxPoller.TABLE);
    String sql = "SELECT id, aggregate, sequence FROM " + table + " WHERE id > ? ORDER BY id LIMIT " + ROWS;
    List<SourceRecord> records = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, highest);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) records.add(recordOf(rows.getLong(1), rows.getString(2), rows.getInt(3)));
      }
    }
    return records;
  }

  private SourceRecord recordOf(long id, String aggregate, int sequence) {
    highest = Math.max(highest, id);
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("id", id);
    value.put("aggregate", aggregate);
    value.put("sequence", sequence);
    String topic = properties.get(OutboxPoller.TOPIC);
    return new SourceRecord(
        partition, Map.of("id", id), topic, null, Schema.STRING_SCHEMA, aggregate, null, value);
  }

  @Override
  public void stop() {
    close();
  }

  private void close() {
    try {
      if (connection != null) connection.close();
    } catch (SQLException ignored) {
      // It is gone already.
    }
    connection = null;
  }

  @Override
  public String version() {
    return "0";
  }
}
