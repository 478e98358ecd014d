package aftershock.devicetwin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.TaskMetadata;
import org.apache.kafka.streams.ThreadMetadata;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.QueryableStoreTypes;

/** What an instance says of itself: `/` its state and its tasks, `/twins` the twins of its active tasks. */
final class StatusServer implements AutoCloseable {
  private final HttpServer server;
  private final KafkaStreams streams;

  StatusServer(KafkaStreams streams, String host, int port) throws IOException {
    this.streams = streams;
    server = HttpServer.create(new InetSocketAddress(host, port), 16);
    server.setExecutor(
        Executors.newFixedThreadPool(
            2,
            work -> {
              Thread thread = new Thread(work, "status");
              thread.setDaemon(true);
              return thread;
            }));
    server.createContext("/", exchange -> answer(exchange, 200, status()));
    server.createContext("/twins", this::twins);
    server.start();
  }

  private String status() {
    Collection<ThreadMetadata> threads = streams.metadataForLocalThreads();
    return String.format(
        "{\"state\":\"%s\",\"threads\":%d,\"active\":[%s],\"standby\":[%s]}%n",
        streams.state(),
        threads.size(),
        partitions(threads, ThreadMetadata::activeTasks),
        partitions(threads, ThreadMetadata::standbyTasks));
  }

  private static String partitions(
      Collection<ThreadMetadata> threads, Function<ThreadMetadata, Collection<TaskMetadata>> tasks) {
    return threads.stream()
        .flatMap(thread -> tasks.apply(thread).stream())
        .map(task -> task.taskId().partition())
        .sorted()
        .map(String::valueOf)
        .collect(Collectors.joining(","));
  }

  private void twins(HttpExchange exchange) throws IOException {
    StringBuilder lines = new StringBuilder();
    try (KeyValueIterator<String, String> all =
        streams
            .store(
                StoreQueryParameters.fromNameAndType(
                    TwinProcessor.STORE, QueryableStoreTypes.<String, String>keyValueStore()))
            .all()) {
      all.forEachRemaining(entry -> lines.append(entry.key).append(' ').append(entry.value).append('\n'));
    } catch (InvalidStateStoreException moving) {
      answer(exchange, 503, moving.getMessage() + "\n");
      return;
    }
    answer(exchange, 200, lines.toString());
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
