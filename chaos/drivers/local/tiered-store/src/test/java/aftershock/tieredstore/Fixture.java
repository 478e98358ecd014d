package aftershock.tieredstore;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.server.log.remote.storage.LogSegmentData;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentId;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A real store with a bucket, and segments to put there. */
final class Fixture implements AutoCloseable {
  static final int CHUNK = 64 * 1024;
  private static final String REGION = "us-east-1";
  private static final String BUCKET = "segments";

  final URI store;
  final String linkHost;
  private final String accessKey;
  private final String secretKey;
  private final Path folder;
  private final S3Client client;
  private final Random random = new Random(405);
  private int files = 0;

  Fixture(URI store, String accessKey, String secretKey, String linkHost, Path folder) {
    this.store = store;
    this.linkHost = linkHost;
    this.accessKey = accessKey;
    this.secretKey = secretKey;
    this.folder = folder;
    client = S3Client.builder()
        .endpointOverride(store)
        .region(Region.of(REGION))
        .forcePathStyle(true)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)))
        .build();
    client.createBucket(request -> request.bucket(BUCKET));
  }

  /** A manager with time-outs for a test, small chunks, and these settings besides. */
  S3RemoteStorageManager manager(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(Map.of(
        "s3.endpoint", store.toString(),
        "s3.region", REGION,
        "s3.bucket", BUCKET,
        "s3.path.style", "true",
        "s3.access.key", accessKey,
        "s3.secret.key", secretKey,
        "s3.connect.timeout.ms", "500",
        "s3.silence.timeout.ms", "500",
        "s3.attempt.timeout.ms", "5000",
        "read.patience.ms", "60000"));
    all.put("chunk.bytes", Integer.toString(CHUNK));
    all.putAll(settings);
    S3RemoteStorageManager manager = new S3RemoteStorageManager();
    manager.configure(all);
    return manager;
  }

  Path newFile() {
    return folder.resolve("file-" + files++);
  }

  /** What a broker hands over, and what must come back. */
  record Segment(RemoteLogSegmentMetadata metadata, LogSegmentData data, byte[] records) {
    int size() {
      return records.length;
    }
  }

  Segment segment(int size) throws IOException {
    return segment("telemetry", size, true);
  }

  Segment segment(String topic, int size, boolean withTransactions) throws IOException {
    TopicIdPartition partition = new TopicIdPartition(Uuid.randomUuid(), new TopicPartition(topic, 3));
    RemoteLogSegmentMetadata metadata = new RemoteLogSegmentMetadata(
        RemoteLogSegmentId.generateNew(partition), 1000, 1999, 1, 1, 1, size, Map.of(0, 0L));
    byte[] records = new byte[size];
    random.nextBytes(records);
    LogSegmentData data = new LogSegmentData(
        write(records),
        write("offsets"),
        write("times"),
        withTransactions ? Optional.of(write("transactions")) : Optional.empty(),
        write("producers"),
        ByteBuffer.wrap("epochs".getBytes(StandardCharsets.UTF_8)));
    return new Segment(metadata, data, records);
  }

  private Path write(String text) throws IOException {
    return write(text.getBytes(StandardCharsets.UTF_8));
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(newFile(), bytes);
  }

  /** Keys of a topic's objects, asked of the store itself. */
  List<String> keysOf(String topic) {
    return client.listObjectsV2(request -> request.bucket(BUCKET).prefix(topic + "/")).contents().stream()
        .map(S3Object::key)
        .toList();
  }

  void remove(String key) {
    client.deleteObject(request -> request.bucket(BUCKET).key(key));
  }

  @Override
  public void close() {
    client.close();
  }
}
