package aftershock.devicetwin;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StandbyUpdateListener;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.processor.TaskId;

/**
 * How state was rebuilt, one line of JSON each, with the wall clock in milliseconds. Each line is one write, so that a
 * process that is killed leaves whole lines.
 */
final class EventLog implements StateRestoreListener, StandbyUpdateListener, AutoCloseable {
  private final FileOutputStream out;

  EventLog(String path) throws IOException {
    out = new FileOutputStream(path, true);
  }

  void state(String state) {
    write("{\"kind\":\"state\",\"at\":%d,\"state\":\"%s\"}", now(), state);
  }

  @Override
  public void onRestoreStart(TopicPartition changelog, String store, long start, long end) {
    write(
        "{\"kind\":\"restore-start\",\"at\":%d,\"partition\":%d,\"from\":%d,\"to\":%d}",
        now(), changelog.partition(), start, end);
  }

  @Override
  public void onBatchRestored(TopicPartition changelog, String store, long end, long restored) {}

  @Override
  public void onRestoreEnd(TopicPartition changelog, String store, long total) {
    write(
        "{\"kind\":\"restore-end\",\"at\":%d,\"partition\":%d,\"records\":%d}",
        now(), changelog.partition(), total);
  }

  @Override
  public void onRestoreSuspended(TopicPartition changelog, String store, long total) {
    write(
        "{\"kind\":\"restore-suspended\",\"at\":%d,\"partition\":%d,\"records\":%d}",
        now(), changelog.partition(), total);
  }

  @Override
  public void onUpdateStart(TopicPartition changelog, String store, long from) {
    write(
        "{\"kind\":\"standby-start\",\"at\":%d,\"partition\":%d,\"from\":%d}",
        now(), changelog.partition(), from);
  }

  @Override
  public void onBatchLoaded(
      TopicPartition changelog, String store, TaskId task, long offset, long size, long end) {}

  @Override
  public void onUpdateSuspended(
      TopicPartition changelog, String store, long offset, long end, SuspendReason reason) {
    write(
        "{\"kind\":\"standby-end\",\"at\":%d,\"partition\":%d,\"offset\":%d,\"reason\":\"%s\"}",
        now(), changelog.partition(), offset, reason);
  }

  /** What was read of commands and their answers before the partition was processed. */
  void replayed(int partition, long records) {
    write(
        "{\"kind\":\"replayed\",\"at\":%d,\"partition\":%d,\"records\":%d}",
        now(), partition, records);
  }

  private static long now() {
    return System.currentTimeMillis();
  }

  private synchronized void write(String format, Object... values) {
    try {
      out.write((String.format(format, values) + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException cause) {
      throw new UncheckedIOException(cause);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    out.close();
  }
}
