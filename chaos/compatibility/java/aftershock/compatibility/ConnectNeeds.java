package aftershock.compatibility;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

final class ConnectNeeds implements Line {
  @Override
  public String probe(Place place) throws Exception {
    String topic = place.topic("connect-needs");
    try (var worker = new ConnectWorker(place, "connect-needs")) {
      List<String> lines = IntStream.range(0, 50).mapToObj(n -> "line " + n).collect(Collectors.toList());
      Path in = Files.write(worker.folder.resolve("in.txt"), lines);
      Path out = worker.folder.resolve("out.txt");
      String converter = "org.apache.kafka.connect.storage.StringConverter";
      worker.connector(
          "source",
          Map.of("connector.class", "FileStreamSource", "tasks.max", "1", "file", in.toString(), "topic", topic, "value.converter", converter));
      worker.connector(
          "sink",
          Map.of("connector.class", "FileStreamSink", "tasks.max", "1", "file", out.toString(), "topics", topic, "value.converter", converter));
      Place.until("the sink to have 50 lines", 60, () -> Files.exists(out) && Files.readAllLines(out).size() >= 50);
      Place.must(Files.readAllLines(out).equals(lines), "the sink has other lines than the source");
    }
    return "a distributed worker with its three topics, a source and a sink";
  }
}
