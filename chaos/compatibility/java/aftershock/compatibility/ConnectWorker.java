package aftershock.compatibility;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** No line: a worker of Connect, distributed as in production, alone in its group. It ends with its line. */
final class ConnectWorker implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  final Path folder;
  private final Process process;
  private final String address;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final File log;

  ConnectWorker(Place place, String line) throws Exception {
    folder = Files.createTempDirectory("aftershock-connect-");
    log = folder.resolve("worker.log").toFile();
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    address = "http://127.0.0.1:" + port;
    String name = place.name(line);
    Map<String, String> settings = new TreeMap<>();
    settings.put("group.id", name + ".workers");
    for (String one : new String[] {"config", "offset", "status"}) {
      settings.put(one + ".storage.topic", name + "." + one);
      settings.put(one + ".storage.replication.factor", place.given.get("copies").asText());
    }
    settings.put("offset.storage.partitions", "1");
    settings.put("status.storage.partitions", "1");
    settings.put("key.converter", "org.apache.kafka.connect.storage.StringConverter");
    settings.put("value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
    settings.put("listeners", address);
    settings.put("offset.flush.interval.ms", "500");
    settings.put("config.providers", "env");
    settings.put("config.providers.env.class", "org.apache.kafka.common.config.provider.EnvVarConfigProvider");
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var builder =
        new ProcessBuilder(
            java,
            "-Xmx192m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "org.apache.kafka.connect.cli.ConnectDistributed",
            folder.resolve("worker.properties").toString());
    secrets(place).forEach((variable, value) -> builder.environment().put(variable, value));
    for (String role : new String[] {"", "producer.", "consumer.", "admin."})
      clientSettings(place).forEach((key, value) -> settings.put(role + key, value));
    var text = new StringBuilder();
    settings.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
    Files.writeString(folder.resolve("worker.properties"), text);
    process = builder.redirectErrorStream(true).redirectOutput(log).start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    try {
      Place.until("a worker of Connect to answer", 90, () -> isAlive() && status("/connectors") == 200);
    } catch (Exception error) {
      close();
      throw error;
    }
  }

  /** How a client logs in, by names of variables alone: what stands in a file is no secret. */
  static Map<String, String> clientSettings(Place place) {
    Map<String, String> found = new TreeMap<>();
    place.with(Map.of()).forEach((key, value) -> found.put((String) key, "${env:" + variable((String) key) + "}"));
    return found;
  }

  private static Map<String, String> secrets(Place place) {
    Map<String, String> found = new TreeMap<>();
    place.with(Map.of()).forEach((key, value) -> found.put(variable((String) key), (String) value));
    return found;
  }

  private static String variable(String key) {
    return "AFTERSHOCK_" + key.toUpperCase().replace('.', '_');
  }

  private boolean isAlive() throws Exception {
    if (process.isAlive()) return true;
    String words = Files.readString(log.toPath());
    throw new NotRun("the worker ended: " + words.substring(Math.max(0, words.length() - 300)).strip());
  }

  private int status(String path) throws InterruptedException {
    try {
      return http.send(HttpRequest.newBuilder(URI.create(address + path)).timeout(Duration.ofSeconds(5)).build(), HttpResponse.BodyHandlers.ofString()).statusCode();
    } catch (java.io.IOException error) {
      return 0;
    }
  }

  void connector(String name, Map<String, String> config) throws Exception {
    var body = HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(config));
    var request =
        HttpRequest.newBuilder(URI.create(address + "/connectors/" + name + "/config"))
            .header("content-type", "application/json")
            .timeout(Duration.ofSeconds(60))
            .PUT(body)
            .build();
    var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
    Place.must(answer.statusCode() < 300, "the worker refused " + name + ": " + answer.body());
  }

  @Override
  public void close() throws Exception {
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    try (var left = Files.walk(folder)) {
      left.sorted(Comparator.reverseOrder()).forEach(one -> one.toFile().delete());
    }
  }
}
