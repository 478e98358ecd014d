package aftershock.tieredstore;

import java.io.InterruptedIOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.server.log.remote.storage.RetriableRemoteStorageException;

/** Chunks of objects, of which those that were not used for longest leave first. */
final class ChunkCache {
  /** @param position of the chunk's first byte in the object. */
  record Key(String object, int position) {}

  interface Loader {
    byte[] load() throws RemoteStorageException;
  }

  private final long capacityBytes;
  private final Map<Key, byte[]> chunks = new LinkedHashMap<>(16, 0.75f, true);
  private long sizeBytes = 0;
  private final ConcurrentMap<Key, CompletableFuture<byte[]>> loading = new ConcurrentHashMap<>();

  ChunkCache(long capacityBytes) {
    this.capacityBytes = capacityBytes;
  }

  /**
   * The chunk, loaded by the thread that asks first while others wait for it. When that load fails or is
   * interrupted, those who wait do not fail with it: each tries for itself.
   */
  byte[] get(Key key, Loader loader) throws RemoteStorageException {
    while (true) {
      byte[] cached = lookUp(key);
      if (cached != null) return cached;
      CompletableFuture<byte[]> mine = new CompletableFuture<>();
      CompletableFuture<byte[]> other = loading.putIfAbsent(key, mine);
      if (other == null) return load(key, loader, mine);
      byte[] theirs = await(key, other);
      if (theirs != null) return theirs;
    }
  }

  private byte[] load(Key key, Loader loader, CompletableFuture<byte[]> mine) throws RemoteStorageException {
    try {
      byte[] chunk = loader.load();
      keep(key, chunk);
      mine.complete(chunk);
      return chunk;
    } finally {
      loading.remove(key, mine);
      // Wakes those who wait; without effect after the load succeeded.
      mine.cancel(false);
    }
  }

  /** Null when the load that was waited for gave nothing. */
  private static byte[] await(Key key, CompletableFuture<byte[]> other) throws RemoteStorageException {
    try {
      return other.get();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new RetriableRemoteStorageException(
          "interrupted while waiting for " + key, new InterruptedIOException());
    } catch (ExecutionException | CancellationException failed) {
      return null;
    }
  }

  /** Whether asking for the chunk now would not begin a load. */
  boolean isKnown(Key key) {
    return loading.containsKey(key) || lookUp(key) != null;
  }

  private synchronized byte[] lookUp(Key key) {
    return chunks.get(key);
  }

  private synchronized void keep(Key key, byte[] chunk) {
    byte[] replaced = chunks.put(key, chunk);
    sizeBytes += chunk.length - (replaced == null ? 0 : replaced.length);
    Iterator<Map.Entry<Key, byte[]>> oldest = chunks.entrySet().iterator();
    while (sizeBytes > capacityBytes && oldest.hasNext()) {
      sizeBytes -= oldest.next().getValue().length;
      oldest.remove();
    }
  }

  synchronized void forget(String object) {
    Iterator<Map.Entry<Key, byte[]>> all = chunks.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Key, byte[]> entry = all.next();
      if (!entry.getKey().object().equals(object)) continue;
      sizeBytes -= entry.getValue().length;
      all.remove();
    }
  }
}
