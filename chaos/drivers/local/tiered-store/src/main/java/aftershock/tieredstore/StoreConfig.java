package aftershock.tieredstore;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/** The store's settings, as a broker hands them over: {@code rsm.config.*} without that prefix. */
final class StoreConfig extends AbstractConfig {
  private static final String ENDPOINT = "s3.endpoint";
  private static final String REGION = "s3.region";
  private static final String BUCKET = "s3.bucket";
  private static final String PATH_STYLE = "s3.path.style";
  private static final String ACCESS_KEY = "s3.access.key";
  private static final String SECRET_KEY = "s3.secret.key";
  private static final String CONNECT_TIMEOUT_MS = "s3.connect.timeout.ms";
  private static final String SILENCE_TIMEOUT_MS = "s3.silence.timeout.ms";
  private static final String ATTEMPT_TIMEOUT_MS = "s3.attempt.timeout.ms";
  private static final String CALL_TIMEOUT_MS = "s3.call.timeout.ms";
  private static final String READ_PATIENCE_MS = "read.patience.ms";
  private static final String CHUNK_BYTES = "chunk.bytes";
  private static final String CACHE_BYTES = "cache.bytes";
  private static final String FETCH_LOG = "fetch.log";

  private static final int MIB = 1024 * 1024;

  private static final ConfigDef DEFINITION = new ConfigDef()
      .define(ENDPOINT, Type.STRING, null, Importance.HIGH,
          "Where the store is, for example http://s3.lab:7070. Without it: AWS in the region.")
      .define(REGION, Type.STRING, Importance.HIGH, "The region that requests are signed for.")
      .define(BUCKET, Type.STRING, Importance.HIGH, "The bucket; it has to exist.")
      .define(PATH_STYLE, Type.BOOLEAN, false, Importance.MEDIUM,
          "The bucket in the path instead of in the host name.")
      .define(ACCESS_KEY, Type.STRING, null, Importance.MEDIUM,
          "Without both keys: the default chain of the AWS SDK.")
      .define(SECRET_KEY, Type.PASSWORD, null, Importance.MEDIUM, "See " + ACCESS_KEY + ".")
      .define(CONNECT_TIMEOUT_MS, Type.INT, 2000, Range.atLeast(1), Importance.LOW,
          "An attempt ends when no connection is made for this long.")
      .define(SILENCE_TIMEOUT_MS, Type.INT, 5000, Range.atLeast(1), Importance.LOW,
          "An attempt ends when the store sends nothing for this long: how a black hole is noticed.")
      .define(ATTEMPT_TIMEOUT_MS, Type.INT, 60000, Range.atLeast(1), Importance.LOW,
          "An attempt ends after this long whatever happens: how an upload into a black hole is noticed.")
      .define(CALL_TIMEOUT_MS, Type.INT, 300000, Range.atLeast(1), Importance.LOW,
          "Attempts are repeated for this long before the broker hears of a failure.")
      .define(READ_PATIENCE_MS, Type.INT, 1000, Range.atLeast(1), Importance.LOW,
          "A thread of the broker that reads waits this long, and the call goes on without it. It must be "
              + "longer than remote.fetch.max.wait.ms, after which the client hears of no error.")
      .define(CHUNK_BYTES, Type.INT, 4 * MIB, Range.between(1024, 64 * MIB), Importance.MEDIUM,
          "Size of a ranged read of a segment.")
      .define(CACHE_BYTES, Type.LONG, 32L * MIB, Range.atLeast(0), Importance.MEDIUM,
          "Chunks kept in memory; at least two.")
      .define(FETCH_LOG, Type.STRING, null, Importance.MEDIUM,
          "A file that gets one line of JSON per chunk fetched and per segment copied or deleted.");

  StoreConfig(Map<String, ?> settings) {
    super(DEFINITION, settings);
    if (cacheBytes() < 2L * chunkBytes())
      throw new ConfigException(CACHE_BYTES, cacheBytes(), "must hold two chunks: one read, and one ahead");
    if ((accessKey() == null) != (getPassword(SECRET_KEY) == null))
      throw new ConfigException(ACCESS_KEY + " and " + SECRET_KEY + " are set together or not at all");
  }

  String endpoint() {
    return getString(ENDPOINT);
  }

  String region() {
    return getString(REGION);
  }

  String bucket() {
    return getString(BUCKET);
  }

  boolean pathStyle() {
    return getBoolean(PATH_STYLE);
  }

  String accessKey() {
    return getString(ACCESS_KEY);
  }

  String secretKey() {
    Password secret = getPassword(SECRET_KEY);
    return secret == null ? null : secret.value();
  }

  Duration connectTimeout() {
    return Duration.ofMillis(getInt(CONNECT_TIMEOUT_MS));
  }

  Duration silenceTimeout() {
    return Duration.ofMillis(getInt(SILENCE_TIMEOUT_MS));
  }

  Duration attemptTimeout() {
    return Duration.ofMillis(getInt(ATTEMPT_TIMEOUT_MS));
  }

  Duration callTimeout() {
    return Duration.ofMillis(getInt(CALL_TIMEOUT_MS));
  }

  Duration readPatience() {
    return Duration.ofMillis(getInt(READ_PATIENCE_MS));
  }

  int chunkBytes() {
    return getInt(CHUNK_BYTES);
  }

  long cacheBytes() {
    return getLong(CACHE_BYTES);
  }

  /** A path, or null. */
  String fetchLog() {
    return getString(FETCH_LOG);
  }
}
