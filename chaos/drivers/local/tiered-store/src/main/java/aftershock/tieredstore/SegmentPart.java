package aftershock.tieredstore;

import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteStorageManager.IndexType;

/** What a segment consists of; each part is an object of its own. */
enum SegmentPart {
  OFFSET_INDEX("index"),
  TIME_INDEX("timeindex"),
  PRODUCER_SNAPSHOT("snapshot"),
  TRANSACTION_INDEX("txnindex"),
  LEADER_EPOCHS("epochs"),
  RECORDS("log");

  private final String suffix;

  SegmentPart(String suffix) {
    this.suffix = suffix;
  }

  static SegmentPart of(IndexType type) {
    return switch (type) {
      case OFFSET -> OFFSET_INDEX;
      case TIMESTAMP -> TIME_INDEX;
      case PRODUCER_SNAPSHOT -> PRODUCER_SNAPSHOT;
      case TRANSACTION -> TRANSACTION_INDEX;
      case LEADER_EPOCH -> LEADER_EPOCHS;
    };
  }

  /**
   * {@code <topic>/<topic id>/<partition>/<base offset>-<segment id>.<suffix>}. Every level is either folders
   * or objects, never both, and the longest (a topic's name) has 249 characters: some stores are file
   * systems, in which {@code p} and {@code p/q} cannot both exist and a name ends at 255.
   */
  String keyOf(RemoteLogSegmentMetadata segment) {
    TopicIdPartition partition = segment.topicIdPartition();
    return "%s/%s/%d/%020d-%s.%s".formatted(
        partition.topic(),
        partition.topicId(),
        partition.partition(),
        segment.startOffset(),
        segment.remoteLogSegmentId().id(),
        suffix);
  }
}
