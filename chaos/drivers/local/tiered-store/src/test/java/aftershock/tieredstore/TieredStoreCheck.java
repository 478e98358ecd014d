package aftershock.tieredstore;

import aftershock.tieredstore.Fixture.Segment;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.server.log.remote.storage.RemoteResourceNotFoundException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageManager.IndexType;

/** The store against a real one: {@code ENDPOINT ACCESS_KEY SECRET_KEY LINK_HOST FOLDER}. */
public final class TieredStoreCheck {
  private static final int CHUNK = Fixture.CHUNK;
  private final Fixture fixture;
  private final S3RemoteStorageManager store;

  private TieredStoreCheck(Fixture fixture) {
    this.fixture = fixture;
    this.store = fixture.manager(Map.of());
  }

  /** @param args see above. */
  public static void main(String[] args) throws IOException {
    try (Fixture fixture = open(args)) {
      TieredStoreCheck checks = new TieredStoreCheck(fixture);
      Check check = new Check();
      check.that("gives back every byte of a segment, from any position", checks::anyPosition);
      check.that("ends where it is asked to, and with the segment", checks::endPosition);
      check.that("refuses positions outside the segment", checks::outside);
      check.that("gives back every index as it was copied", checks::indexes);
      check.that("says that a segment or a part of it is not there", checks::missing);
      check.that("writes a copy that is repeated over what the first one left", checks::copyTwice);
      check.that("deletes every object of a segment and no other, and again", checks::delete);
      check.that("copies from and to a topic with the longest of names", checks::longName);
      check.that("fails at once, and not as if nothing were there, with a wrong secret", checks::wrongSecret);
      check.that("fails at once, and not as if nothing were there, without the bucket", checks::noBucket);
      check.that("fetches a chunk once for many readers, and logs it once", checks::oncePerChunk);
      check.that("fetches again what its cache had no room for", checks::smallCache);
      check.that("closes a stream without reading on", checks::closedStream);
      new TieredStoreFaults(fixture).addTo(check);
      check.runAll();
      checks.store.close();
    }
  }

  private static Fixture open(String[] args) {
    return new Fixture(URI.create(args[0]), args[1], args[2], args[3], Path.of(args[4]));
  }

  static byte[] readAll(InputStream stream) throws IOException {
    try (stream) {
      return stream.readAllBytes();
    }
  }

  static void sameBytes(byte[] actual, byte[] expected) {
    Check.isTrue(Arrays.equals(actual, expected), "the bytes differ");
  }

  private Segment copied(int size) throws Exception {
    Segment segment = fixture.segment(size);
    store.copyLogSegmentData(segment.metadata(), segment.data());
    return segment;
  }

  private void anyPosition() throws Exception {
    int size = 4 * CHUNK + 1234;
    Segment segment = copied(size);
    for (int start : new int[] {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7, 4 * CHUNK, size - 1}) {
      byte[] expected = Arrays.copyOfRange(segment.records(), start, size);
      sameBytes(readAll(store.fetchLogSegment(segment.metadata(), start)), expected);
    }
    try (InputStream stream = store.fetchLogSegment(segment.metadata(), CHUNK - 2)) {
      stream.skipNBytes(5);
      Check.equal(stream.read(), segment.records()[CHUNK + 3] & 0xff);
    }
  }

  private void endPosition() throws Exception {
    int size = 2 * CHUNK;
    Segment segment = copied(size);
    for (int[] range : new int[][] {{0, 0}, {5, CHUNK - 1}, {5, CHUNK}, {CHUNK, size - 1}, {1, size + 99}}) {
      byte[] expected = Arrays.copyOfRange(segment.records(), range[0], Math.min(range[1] + 1, size));
      sameBytes(readAll(store.fetchLogSegment(segment.metadata(), range[0], range[1])), expected);
    }
  }

  private void outside() throws Exception {
    Segment segment = copied(100);
    for (int[] range : new int[][] {{-1, 50}, {100, 200}, {50, 49}})
      Check.fails(RemoteStorageException.class,
          () -> store.fetchLogSegment(segment.metadata(), range[0], range[1]));
  }

  private void indexes() throws Exception {
    Segment segment = copied(100);
    Map<IndexType, String> expected = Map.of(
        IndexType.OFFSET, "offsets",
        IndexType.TIMESTAMP, "times",
        IndexType.TRANSACTION, "transactions",
        IndexType.PRODUCER_SNAPSHOT, "producers",
        IndexType.LEADER_EPOCH, "epochs");
    for (IndexType type : IndexType.values()) {
      byte[] index = readAll(store.fetchIndex(segment.metadata(), type));
      Check.equal(new String(index, StandardCharsets.UTF_8), expected.get(type));
    }
  }

  private void missing() throws Exception {
    Segment never = fixture.segment(100);
    Check.fails(RemoteResourceNotFoundException.class, () -> store.fetchLogSegment(never.metadata(), 0));
    for (IndexType type : IndexType.values())
      Check.fails(RemoteResourceNotFoundException.class, () -> store.fetchIndex(never.metadata(), type));
    Segment plain = fixture.segment("telemetry", 100, false);
    store.copyLogSegmentData(plain.metadata(), plain.data());
    sameBytes(readAll(store.fetchLogSegment(plain.metadata(), 0)), plain.records());
    Check.fails(RemoteResourceNotFoundException.class,
        () -> store.fetchIndex(plain.metadata(), IndexType.TRANSACTION));
  }

  private void copyTwice() throws Exception {
    Segment segment = fixture.segment("twice", 2 * CHUNK, true);
    store.copyLogSegmentData(segment.metadata(), segment.data());
    List<String> first = fixture.keysOf("twice");
    Check.equal(first.size(), SegmentPart.values().length);
    fixture.remove(first.get(2));
    store.copyLogSegmentData(segment.metadata(), segment.data());
    Check.equal(fixture.keysOf("twice"), first);
    sameBytes(readAll(store.fetchLogSegment(segment.metadata(), 0)), segment.records());
  }

  private void delete() throws Exception {
    Segment gone = fixture.segment("mixed", CHUNK, true);
    Segment kept = fixture.segment("mixed", CHUNK, false);
    for (Segment segment : List.of(gone, kept))
      store.copyLogSegmentData(segment.metadata(), segment.data());
    readAll(store.fetchLogSegment(gone.metadata(), 0));
    for (int times = 0; times < 2; times++) {
      store.deleteLogSegmentData(gone.metadata());
      Check.equal(fixture.keysOf("mixed").size(), SegmentPart.values().length - 1);
      Check.fails(RemoteResourceNotFoundException.class, () -> store.fetchLogSegment(gone.metadata(), 0));
    }
    sameBytes(readAll(store.fetchLogSegment(kept.metadata(), 0)), kept.records());
  }

  private void longName() throws Exception {
    for (String topic : List.of("p", "t".repeat(249))) {
      Segment segment = fixture.segment(topic, 100, true);
      store.copyLogSegmentData(segment.metadata(), segment.data());
      sameBytes(readAll(store.fetchLogSegment(segment.metadata(), 0)), segment.records());
    }
  }

  private void wrongSecret() throws Exception {
    try (S3RemoteStorageManager stranger = fixture.manager(Map.of("s3.secret.key", "not-the-secret"))) {
      refused(stranger);
    }
  }

  private void noBucket() throws Exception {
    try (S3RemoteStorageManager lost = fixture.manager(Map.of("s3.bucket", "no-such-bucket"))) {
      refused(lost);
    }
  }

  /** Large enough that the refusal comes while records are still on their way. */
  private void refused(S3RemoteStorageManager manager) throws Exception {
    Segment segment = copied(8 * 1024 * 1024);
    Class<RemoteStorageException> expected = RemoteStorageException.class;
    Check.fails(expected, () -> manager.copyLogSegmentData(segment.metadata(), segment.data()));
    Check.fails(expected, () -> manager.fetchLogSegment(segment.metadata(), 0));
    Check.fails(expected, () -> manager.fetchIndex(segment.metadata(), IndexType.TRANSACTION));
    Check.fails(expected, () -> manager.deleteLogSegmentData(segment.metadata()));
  }

  private void oncePerChunk() throws Exception {
    Segment segment = copied(8 * CHUNK + 1);
    Path log = fixture.newFile();
    ExecutorService readers = Executors.newFixedThreadPool(6);
    try (S3RemoteStorageManager manager = fixture.manager(Map.of("fetch.log", log.toString()))) {
      List<Future<byte[]>> reads = new ArrayList<>();
      for (int i = 0; i < 6; i++)
        reads.add(readers.submit(() -> readAll(manager.fetchLogSegment(segment.metadata(), 0))));
      for (Future<byte[]> read : reads) sameBytes(read.get(), segment.records());
    } finally {
      readers.shutdown();
    }
    List<String> fetched = Files.readAllLines(log);
    Stream<String> expected = IntStream.rangeClosed(0, 8).mapToObj(chunk ->
        "\"what\":\"fetch\",\"topic\":\"telemetry\",\"partition\":3,\"baseOffset\":1000,\"endOffset\":1999,"
            + "\"position\":%d,\"bytes\":%d,".formatted(chunk * CHUNK, chunk == 8 ? 1 : CHUNK));
    expected.forEach(line -> Check.equal(fetched.stream().filter(l -> l.contains(line)).count(), 1L));
    Check.equal(fetched.size(), 9);
  }

  private void smallCache() throws Exception {
    Segment segment = copied(6 * CHUNK);
    Path log = fixture.newFile();
    Map<String, String> settings =
        Map.of("fetch.log", log.toString(), "cache.bytes", Integer.toString(2 * CHUNK));
    try (S3RemoteStorageManager manager = fixture.manager(settings)) {
      for (int times = 0; times < 2; times++)
        sameBytes(readAll(manager.fetchLogSegment(segment.metadata(), 0)), segment.records());
    }
    Check.equal(
        Files.readAllLines(log).stream().filter(line -> line.contains("\"position\":0,")).count(), 2L);
  }

  private void closedStream() throws Exception {
    Segment segment = copied(3 * CHUNK);
    InputStream stream = store.fetchLogSegment(segment.metadata(), 0);
    Check.isTrue(stream.read() >= 0, "a byte");
    stream.close();
    stream.close();
    Check.fails(IOException.class, stream::read);
  }
}
