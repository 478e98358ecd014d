package aftershock.tieredstore;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.server.log.remote.storage.RetriableRemoteStorageException;

/**
 * Chunks of objects, of which those that were not used for longest leave first. They are loaded by threads of
 * the cache: a reader only waits, and when it gives up or is interrupted the load goes on, for whoever asks
 * next. A broker has ten threads that read from a tier, and room for a hundred reads that wait for a thread.
 * Readers that waited for as long as a store is away would fill both within seconds, and clients get errors.
 */
final class ChunkCache implements AutoCloseable {
  /** As many chunks are in memory besides those that are kept. */
  private static final int LOADERS = 6;

  /** @param position of the chunk's first byte in the object. */
  record Key(String object, int position) {}

  interface Loader {
    byte[] load() throws RemoteStorageException;
  }

  /** One line in the broker's log and not fifty: it is what every reader gets while a store is away. */
  static final class StillLoadingException extends RetriableRemoteStorageException {
    private static final long serialVersionUID = 1;

    StillLoadingException(Key key) {
      super("still loading %s at %d".formatted(key.object(), key.position()));
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }

  private final long capacityBytes;
  private final Duration patience;
  private final Map<Key, byte[]> chunks = new LinkedHashMap<>(16, 0.75f, true);
  private long sizeBytes = 0;
  private final ConcurrentMap<Key, CompletableFuture<byte[]>> loading = new ConcurrentHashMap<>();
  private final ThreadPoolExecutor loaders;

  /** @param patience how long a reader waits. */
  ChunkCache(long capacityBytes, Duration patience) {
    this.capacityBytes = capacityBytes;
    this.patience = patience;
    loaders = new ThreadPoolExecutor(
        LOADERS,
        LOADERS,
        10,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        task -> {
          Thread thread = new Thread(task, "tiered-store-loader");
          thread.setDaemon(true);
          return thread;
        });
    loaders.allowCoreThreadTimeOut(true);
  }

  /**
   * The chunk, which is loaded once for all who ask for it meanwhile.
   *
   * @throws StillLoadingException when the reader's patience ends
   */
  byte[] get(Key key, Loader loader) throws RemoteStorageException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      byte[] cached = lookUp(key);
      if (cached != null) return cached;
      CompletableFuture<byte[]> mine = new CompletableFuture<>();
      CompletableFuture<byte[]> other = loading.putIfAbsent(key, mine);
      if (other == null) start(key, loader, mine);
      try {
        return (other == null ? mine : other).get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException impatient) {
        throw new StillLoadingException(key);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new StillLoadingException(key);
      } catch (ExecutionException failed) {
        RemoteStorageException why = reason(failed.getCause());
        // A load that began long ago says little about one that begins now.
        if (other == null || !(why instanceof RetriableRemoteStorageException)) throw why;
      }
    }
  }

  private static RemoteStorageException reason(Throwable cause) {
    return cause instanceof RemoteStorageException known ? known : new RemoteStorageException(cause);
  }

  /** Loads what nobody waits for yet, unless that would keep readers waiting who do. */
  void readAhead(Key key, Loader loader) {
    if (loading.size() >= LOADERS / 2 || lookUp(key) != null) return;
    CompletableFuture<byte[]> mine = new CompletableFuture<>();
    if (loading.putIfAbsent(key, mine) == null) start(key, loader, mine);
  }

  private void start(Key key, Loader loader, CompletableFuture<byte[]> mine) {
    try {
      loaders.execute(() -> load(key, loader, mine));
    } catch (RejectedExecutionException closed) {
      fail(key, mine, new RemoteStorageException("the store is closed", closed));
    }
  }

  private void load(Key key, Loader loader, CompletableFuture<byte[]> mine) {
    try {
      byte[] chunk = loader.load();
      keep(key, chunk);
      loading.remove(key, mine);
      mine.complete(chunk);
    } catch (RemoteStorageException | RuntimeException | Error failed) {
      fail(key, mine, failed);
    }
  }

  /** In this order: who hears of the failure may begin a load of its own. */
  private void fail(Key key, CompletableFuture<byte[]> mine, Throwable why) {
    loading.remove(key, mine);
    mine.completeExceptionally(why);
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

  @Override
  public void close() {
    loaders.shutdownNow();
  }
}
