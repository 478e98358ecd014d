package aftershock.tieredstore;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.server.log.remote.storage.RemoteResourceNotFoundException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.server.log.remote.storage.RetriableRemoteStorageException;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;

/**
 * One bucket. A store that cannot be reached or does not answer is tried again for as long as a call may
 * take, so that clients of the broker see a stall and no error. What trying again cannot help fails at once.
 */
final class ObjectStore implements AutoCloseable {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  /** Also the longest time between a store's return and the attempt that notices it. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int REQUEST_TIMEOUT = 408;

  private final S3Client client;
  private final String bucket;

  ObjectStore(StoreConfig config) {
    bucket = config.bucket();
    S3ClientBuilder builder = S3Client.builder()
        .region(Region.of(config.region()))
        .forcePathStyle(config.pathStyle())
        .httpClientBuilder(UrlConnectionHttpClient.builder()
            .connectionTimeout(config.connectTimeout())
            .socketTimeout(config.silenceTimeout()))
        // One exchange per upload, also where a proxy in between does not know about "100 Continue".
        .serviceConfiguration(service -> service.expectContinueEnabled(false))
        .overrideConfiguration(override -> override
            .apiCallAttemptTimeout(config.attemptTimeout())
            .apiCallTimeout(config.callTimeout())
            .retryStrategy(patience()));
    if (config.endpoint() != null) builder.endpointOverride(URI.create(config.endpoint()));
    if (config.accessKey() != null)
      builder.credentialsProvider(StaticCredentialsProvider.create(
          AwsBasicCredentials.create(config.accessKey(), config.secretKey())));
    client = builder.build();
  }

  /** Attempts without a limit or a budget: the time-out of the call is what ends them. */
  private static StandardRetryStrategy patience() {
    BackoffStrategy pauses = BackoffStrategy.exponentialDelay(FIRST_PAUSE, LONGEST_PAUSE);
    return AwsRetryStrategy.standardRetryStrategy().toBuilder()
        .maxAttempts(Integer.MAX_VALUE)
        .circuitBreakerEnabled(false)
        .backoffStrategy(pauses)
        .throttlingBackoffStrategy(pauses)
        .build();
  }

  void put(String key, Path file) throws RemoteStorageException {
    put(key, RequestBody.fromFile(file));
  }

  void put(String key, ByteBuffer bytes) throws RemoteStorageException {
    put(key, RequestBody.fromByteBuffer(bytes));
  }

  private void put(String key, RequestBody body) throws RemoteStorageException {
    call("put " + key, () -> client.putObject(request -> request.bucket(bucket).key(key), body));
  }

  /** The whole object. @throws RemoteResourceNotFoundException when there is none. */
  byte[] get(String key) throws RemoteStorageException {
    return get(GetObjectRequest.builder().bucket(bucket).key(key).build());
  }

  /** Exactly these bytes of it. @throws RemoteResourceNotFoundException when there is no such object. */
  byte[] get(String key, int position, int length) throws RemoteStorageException {
    String range = "bytes=%d-%d".formatted(position, position + length - 1);
    byte[] bytes = get(GetObjectRequest.builder().bucket(bucket).key(key).range(range).build());
    if (bytes.length != length)
      throw new RemoteStorageException("%s of %s gave %d bytes".formatted(range, key, bytes.length));
    return bytes;
  }

  private byte[] get(GetObjectRequest request) throws RemoteStorageException {
    return call("get " + request.key(), () -> client.getObject(request, ObjectStore::body));
  }

  /** Into one array of the right size; that of the SDK grows several, which a small heap feels. */
  private static byte[] body(GetObjectResponse response, AbortableInputStream in) {
    byte[] bytes = new byte[Math.toIntExact(response.contentLength())];
    try {
      if (in.readNBytes(bytes, 0, bytes.length) == bytes.length) return bytes;
    } catch (IOException broken) {
      throw RetryableException.create("the answer broke off", broken);
    }
    throw RetryableException.create("the answer ended early");
  }

  /** Those that are not there count as deleted. */
  void delete(List<String> keys) throws RemoteStorageException {
    List<ObjectIdentifier> objects =
        keys.stream().map(key -> ObjectIdentifier.builder().key(key).build()).toList();
    DeleteObjectsResponse response = call(
        "delete " + keys.get(0) + " and what belongs to it",
        () -> client.deleteObjects(request -> request
            .bucket(bucket)
            .delete(batch -> batch.objects(objects).quiet(true))));
    if (!response.hasErrors() || response.errors().isEmpty()) return;
    S3Error error = response.errors().get(0);
    throw new RetriableRemoteStorageException(
        "cannot delete %s: %s %s".formatted(error.key(), error.code(), error.message()));
  }

  /** Failures in the terms of the broker, which repeats only what is retriable. */
  private static <T> T call(String what, Supplier<T> request) throws RemoteStorageException {
    try {
      return request.get();
    } catch (NoSuchKeyException missing) {
      throw new RemoteResourceNotFoundException("cannot " + what + ": there is no such object", missing);
    } catch (AwsServiceException refused) {
      throw isFinal(refused)
          ? new RemoteStorageException("cannot " + what, refused)
          : new RetriableRemoteStorageException("cannot " + what, refused);
    } catch (SdkException unreachable) {
      throw new RetriableRemoteStorageException("cannot " + what, unreachable);
    } catch (RuntimeException defect) {
      throw new RemoteStorageException("cannot " + what, defect);
    }
  }

  /** Refused for what it is: wrong credentials, no such bucket. */
  private static boolean isFinal(AwsServiceException refused) {
    int status = refused.statusCode();
    return status >= 400 && status < 500 && status != REQUEST_TIMEOUT && status != TOO_MANY_REQUESTS;
  }

  @Override
  public void close() {
    client.close();
  }
}
