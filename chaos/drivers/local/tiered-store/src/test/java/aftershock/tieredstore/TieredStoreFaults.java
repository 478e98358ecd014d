package aftershock.tieredstore;

import aftershock.tieredstore.ChunkCache.StillLoadingException;
import aftershock.tieredstore.FaultyLink.Mode;
import aftershock.tieredstore.Fixture.Segment;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.server.log.remote.storage.RetriableRemoteStorageException;

/** What a broker sees when the way to the store is bad: a stall that ends, and no error. */
final class TieredStoreFaults {
  /** More than sockets take in without a reader, so that an upload stands still half way. */
  private static final int LARGE = 24 * 1024 * 1024;

  private final Fixture fixture;

  TieredStoreFaults(Fixture fixture) {
    this.fixture = fixture;
  }

  void addTo(Check check) {
    check.that("stalls while the store is silent, and goes on when it answers", () -> stalls(Mode.SILENT));
    check.that("stalls while the store is too busy, and goes on when it is not", () -> stalls(Mode.BUSY));
    check.that("stalls while the store refuses connections, and goes on when it takes them", this::refused);
    check.that("notices an upload that stands still half way", this::standstill);
    check.that("tells the broker to try again when the store stays away", this::staysAway);
    check.that("lets a reader go when its patience ends, and loads on for the next", this::impatientReader);
    check.that("lets an interrupted reader go, and loads on for others", this::interrupted);
    check.that("ends a copy that is interrupted", this::interruptedCopy);
  }

  /** A manager behind a link, and a segment that it has copied. */
  private final class Scene implements AutoCloseable {
    final FaultyLink link = new FaultyLink(fixture.store, fixture.linkHost);
    final S3RemoteStorageManager manager;
    final Segment segment;

    Scene(int size, Map<String, String> settings) throws Exception {
      Map<String, String> all = new HashMap<>(settings);
      all.put("s3.endpoint", link.endpoint());
      manager = fixture.manager(all);
      segment = fixture.segment(size);
      manager.copyLogSegmentData(segment.metadata(), segment.data());
    }

    Check.Body[] operations() {
      return new Check.Body[] {
        this::copy, this::read, () -> manager.deleteLogSegmentData(segment.metadata()),
      };
    }

    void copy() throws RemoteStorageException {
      manager.copyLogSegmentData(segment.metadata(), segment.data());
    }

    void read() throws Exception {
      InputStream stream = manager.fetchLogSegment(segment.metadata(), 0);
      TieredStoreCheck.sameBytes(TieredStoreCheck.readAll(stream), segment.records());
    }

    @Override
    public void close() throws IOException {
      manager.close();
      link.close();
    }
  }

  private void stalls(Mode fault) throws Exception {
    try (Scene scene = new Scene(1000, Map.of())) {
      for (Check.Body operation : scene.operations()) {
        scene.link.begin(fault);
        FutureTask<Void> running = new Running(operation).task;
        scene.link.awaitAffected(2);
        Check.isTrue(!running.isDone(), "it waits");
        scene.link.heal();
        running.get();
      }
    }
  }

  private void refused() throws Exception {
    try (Scene scene = new Scene(1000, Map.of())) {
      for (Check.Body operation : scene.operations()) {
        scene.link.refuse();
        Running running = new Running(operation);
        running.awaitPause();
        scene.link.heal();
        running.task.get();
      }
    }
  }

  private void standstill() throws Exception {
    try (Scene scene = new Scene(LARGE, Map.of("s3.attempt.timeout.ms", "1500"))) {
      scene.link.begin(Mode.STANDSTILL);
      Running running = new Running(scene::copy);
      scene.link.awaitAffected(1);
      scene.link.heal();
      running.task.get();
      scene.read();
    }
  }

  private void staysAway() throws Exception {
    try (Scene scene = new Scene(1000, Map.of("s3.call.timeout.ms", "1200"))) {
      scene.link.begin(Mode.SILENT);
      for (Check.Body operation : scene.operations())
        Check.fails(RetriableRemoteStorageException.class, operation);
    }
  }

  private void impatientReader() throws Exception {
    Path log = fixture.newFile();
    Map<String, String> settings = Map.of("fetch.log", log.toString(), "read.patience.ms", "200");
    try (Scene scene = new Scene(1000, settings)) {
      scene.link.begin(Mode.SILENT);
      for (int times = 0; times < 3; times++) Check.fails(StillLoadingException.class, scene::read);
      scene.link.heal();
      while (!isRead(scene)) Thread.yield();
      Check.equal(Files.readAllLines(log).stream().filter(line -> line.contains("fetch")).count(), 1L);
    }
  }

  private static boolean isRead(Scene scene) throws Exception {
    try {
      scene.read();
      return true;
    } catch (StillLoadingException notYet) {
      return false;
    }
  }

  private void interrupted() throws Exception {
    try (Scene scene = new Scene(1000, Map.of())) {
      scene.link.begin(Mode.SILENT);
      Running goes = new Running(scene::read);
      Running stays = new Running(scene::read);
      for (Running reader : new Running[] {goes, stays}) reader.awaitPause();
      goes.thread.interrupt();
      Throwable why = Check.fails(ExecutionException.class, goes.task::get).getCause();
      Check.isTrue(why instanceof StillLoadingException, "it ended with " + why);
      Check.isTrue(goes.wasInterrupted, "the thread still knows that it was interrupted");
      Check.isTrue(!stays.task.isDone(), "the other one waits");
      scene.link.heal();
      stays.task.get();
    }
  }

  private void interruptedCopy() throws Exception {
    try (Scene scene = new Scene(1000, Map.of())) {
      scene.link.begin(Mode.SILENT);
      Running copy = new Running(scene::copy);
      scene.link.awaitAffected(1);
      copy.thread.interrupt();
      Throwable why = Check.fails(ExecutionException.class, copy.task::get).getCause();
      Check.isTrue(why instanceof RetriableRemoteStorageException, "it ended with " + why);
      Check.isTrue(copy.wasInterrupted, "the thread still knows that it was interrupted");
    }
  }

  /** An operation in a thread of its own. */
  private static final class Running {
    final FutureTask<Void> task;
    final Thread thread;
    volatile boolean wasInterrupted = false;

    Running(Check.Body operation) {
      task = new FutureTask<>(() -> {
        try {
          operation.run();
        } finally {
          wasInterrupted = Thread.currentThread().isInterrupted();
        }
        return null;
      });
      thread = new Thread(task);
      thread.setDaemon(true);
      thread.start();
    }

    /** Until it pauses between attempts, or waits for another reader. */
    void awaitPause() throws Exception {
      while (thread.getState() != Thread.State.TIMED_WAITING && thread.getState() != Thread.State.WAITING) {
        if (task.isDone()) throw new AssertionError("it did not wait, and gave " + task.get());
        LockSupport.parkNanos(1_000_000);
      }
    }
  }
}
