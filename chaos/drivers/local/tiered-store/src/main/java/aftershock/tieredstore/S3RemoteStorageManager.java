package aftershock.tieredstore;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.server.log.remote.storage.LogSegmentData;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata.CustomMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lab's reference store for tiered storage (KIP-405): segments as they are, one object per part, in one
 * bucket of S3. Readers get chunks through a small cache, and the next chunk is fetched while they read one.
 * It neither compresses nor encrypts, and makes no claim to be a product.
 *
 * <p>Everything is named by the segment's id, which the broker never uses twice. So a copy that is repeated
 * writes the same objects again, and a delete that is repeated finds nothing, which is what it wants.
 */
public final class S3RemoteStorageManager implements RemoteStorageManager {
  private static final Logger LOG = LoggerFactory.getLogger(S3RemoteStorageManager.class);

  private StoreConfig config;
  private ObjectStore store;
  private ChunkCache cache;
  private TransferLog transfers;

  /** A broker makes it by its name, and configures it. */
  public S3RemoteStorageManager() {}

  @Override
  public void configure(Map<String, ?> settings) {
    config = new StoreConfig(settings);
    transfers = new TransferLog(config.fetchLog());
    store = new ObjectStore(config);
    cache = new ChunkCache(config.cacheBytes(), config.readPatience());
  }

  /** Records come last: where they are, everything is. */
  @Override
  public Optional<CustomMetadata> copyLogSegmentData(RemoteLogSegmentMetadata segment, LogSegmentData data)
      throws RemoteStorageException {
    try {
      store.put(SegmentPart.OFFSET_INDEX.keyOf(segment), data.offsetIndex());
      store.put(SegmentPart.TIME_INDEX.keyOf(segment), data.timeIndex());
      store.put(SegmentPart.PRODUCER_SNAPSHOT.keyOf(segment), data.producerSnapshotIndex());
      if (data.transactionIndex().isPresent())
        store.put(SegmentPart.TRANSACTION_INDEX.keyOf(segment), data.transactionIndex().get());
      store.put(SegmentPart.LEADER_EPOCHS.keyOf(segment), data.leaderEpochIndex().duplicate());
      store.put(SegmentPart.RECORDS.keyOf(segment), data.logSegment());
    } catch (RemoteStorageException failed) {
      // The broker tries again, and says nothing above its debug level about what was retriable.
      LOG.warn("Cannot copy {}: {}", segment.remoteLogSegmentId(), messages(failed));
      throw failed;
    }
    transfers.record(TransferLog.Kind.COPY, segment, 0, segment.segmentSizeInBytes());
    return Optional.empty();
  }

  @Override
  public InputStream fetchLogSegment(RemoteLogSegmentMetadata segment, int start)
      throws RemoteStorageException {
    return fetchLogSegment(segment, start, Integer.MAX_VALUE);
  }

  /** @param last position of the last byte that is wanted; what lies behind the segment's end is left out. */
  @Override
  public InputStream fetchLogSegment(RemoteLogSegmentMetadata segment, int start, int last)
      throws RemoteStorageException {
    int size = segment.segmentSizeInBytes();
    if (start < 0 || start >= size || last < start)
      throw new RemoteStorageException("%s has %d bytes: there are none from %d to %d".formatted(
          segment.remoteLogSegmentId(), size, start, last));
    int end = Math.min(last, size - 1) + 1;
    return new SegmentInputStream(position -> chunk(segment, position, end), config.chunkBytes(), start, end);
  }

  /** The chunk at this position; the next one, if it begins before {@code end}, is on its way then. */
  private byte[] chunk(RemoteLogSegmentMetadata segment, int position, int end)
      throws RemoteStorageException {
    // Counted in long: a segment may be as large as an int can say.
    long next = (long) position + config.chunkBytes();
    byte[] chunk = cache.get(keyOf(segment, position), () -> load(segment, position, TransferLog.Kind.FETCH));
    if (next < end)
      cache.readAhead(
          keyOf(segment, (int) next), () -> load(segment, (int) next, TransferLog.Kind.FETCH_AHEAD));
    return chunk;
  }

  private byte[] load(RemoteLogSegmentMetadata segment, int position, TransferLog.Kind kind)
      throws RemoteStorageException {
    int length = Math.min(config.chunkBytes(), segment.segmentSizeInBytes() - position);
    byte[] chunk = store.get(SegmentPart.RECORDS.keyOf(segment), position, length);
    transfers.record(kind, segment, position, length);
    return chunk;
  }

  private static ChunkCache.Key keyOf(RemoteLogSegmentMetadata segment, int position) {
    return new ChunkCache.Key(SegmentPart.RECORDS.keyOf(segment), position);
  }

  /** Whole, because the broker keeps what it gets; and like a chunk, because the same readers wait for it. */
  @Override
  public InputStream fetchIndex(RemoteLogSegmentMetadata segment, IndexType type)
      throws RemoteStorageException {
    String object = SegmentPart.of(type).keyOf(segment);
    return new ByteArrayInputStream(cache.get(new ChunkCache.Key(object, 0), () -> store.get(object)));
  }

  @Override
  public void deleteLogSegmentData(RemoteLogSegmentMetadata segment) throws RemoteStorageException {
    List<String> keys = Arrays.stream(SegmentPart.values()).map(part -> part.keyOf(segment)).toList();
    store.delete(keys);
    keys.forEach(cache::forget);
    transfers.record(TransferLog.Kind.DELETE, segment, 0, segment.segmentSizeInBytes());
  }

  private static String messages(Throwable failure) {
    Throwable cause = failure.getCause();
    return cause == null ? failure.getMessage() : failure.getMessage() + ": " + cause.getMessage();
  }

  /** Also after a configuration that failed half way. */
  @Override
  public void close() throws IOException {
    if (cache != null) cache.close();
    if (store != null) store.close();
    if (transfers != null) transfers.close();
  }
}
