package aftershock.tieredstore;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What really went to and came from the store, one line of JSON each, in the order in which it ended. It is for
 * people who look for what a broker did: which records of a replay were cold is told by where the brokers' own
 * logs begin, whatever the plugin. A file stream, because a channel closes when a thread that writes to it is
 * interrupted, and a broker interrupts.
 */
final class TransferLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TransferLog.class);

  enum Kind {
    COPY("copy"),
    /** A chunk that a reader waits for. */
    FETCH("fetch"),
    /** A chunk that was read ahead, which a reader may or may not want later. */
    FETCH_AHEAD("fetch"),
    DELETE("delete");

    private final String word;

    Kind(String word) {
      this.word = word;
    }
  }

  /** Null: nothing is written. */
  private final FileOutputStream out;

  TransferLog(String path) {
    try {
      out = path == null ? null : new FileOutputStream(path, true);
    } catch (IOException cause) {
      throw new IllegalArgumentException("cannot write the transfer log " + path, cause);
    }
  }

  /** Topic names have no character that JSON would escape. */
  void record(Kind kind, RemoteLogSegmentMetadata segment, int position, int bytes) {
    if (out == null) return;
    String line = """
        {"t":%d,"what":"%s","topic":"%s","partition":%d,"baseOffset":%d,"endOffset":%d,\
        "position":%d,"bytes":%d,"ahead":%b}
        """.formatted(
        System.currentTimeMillis(),
        kind.word,
        segment.topicIdPartition().topic(),
        segment.topicIdPartition().partition(),
        segment.startOffset(),
        segment.endOffset(),
        position,
        bytes,
        kind == Kind.FETCH_AHEAD);
    try {
      write(line.getBytes(StandardCharsets.UTF_8));
    } catch (IOException failed) {
      // Records are worth more than evidence about them; but that some is missing has to be seen.
      LOG.error("A line of the transfer log is lost: {}", line, failed);
    }
  }

  /** In one call to the system, so that a kill does not leave half a line. */
  private synchronized void write(byte[] line) throws IOException {
    out.write(line);
  }

  @Override
  public void close() throws IOException {
    if (out != null) out.close();
  }
}
