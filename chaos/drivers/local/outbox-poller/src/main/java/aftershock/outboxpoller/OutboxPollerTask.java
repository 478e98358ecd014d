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

/** Reads rows above the highest number of a column that it has read, a hundred milliseconds after it found none. */
public final class OutboxPollerTask extends SourceTask {
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
    highest = last == null ? 0 : ((Number) last.get(properties.get(OutboxPoller.COLUMN))).longValue();
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
    String column = properties.get(OutboxPoller.COLUMN);
    String chosen = "SELECT id, aggregate, sequence, " + column + " FROM " + table + " WHERE " + column + " > ?";
    String sql = chosen + " ORDER BY " + column + " LIMIT " + Integer.parseInt(properties.get(OutboxPoller.ROWS));
    List<SourceRecord> records = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, highest);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) records.add(recordOf(rows));
      }
    }
    return records;
  }

  private SourceRecord recordOf(ResultSet row) throws SQLException {
    String aggregate = row.getString(2);
    highest = Math.max(highest, row.getLong(4));
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("id", row.getLong(1));
    value.put("aggregate", aggregate);
    value.put("sequence", row.getInt(3));
    String topic = properties.get(OutboxPoller.TOPIC);
    Map<String, Long> position = Map.of(properties.get(OutboxPoller.COLUMN), highest);
    return new SourceRecord(partition, position, topic, null, Schema.STRING_SCHEMA, aggregate, null, value);
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
