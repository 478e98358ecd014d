package aftershock.compatibility;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;

/** Tries the lines that stand on its input, one after the other, and prints what came of each: a JSON document a line. */
public final class Run {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Run() {}

  public static void main(String[] args) throws Exception {
    // What libraries print goes elsewhere.
    PrintStream out = System.out;
    System.setOut(System.err);
    var given = JSON.readTree(System.in);
    for (var one : given.get("lines")) {
      String line = one.asText();
      String[] came = new String[2];
      try (Place place = new Place(given)) {
        came[0] = "pass";
        came[1] = lineOf(line).probe(place);
      } catch (Lacks error) {
        came = new String[] {"fail", error.getMessage()};
      } catch (NotRun error) {
        came = new String[] {"not-run", error.getMessage()};
      } catch (ApiException error) {
        // A broker's answer; what may be tried again may be the network's.
        boolean mayBeLate = error instanceof TimeoutException || error instanceof RetriableException;
        came = new String[] {mayBeLate ? "not-run" : "fail", words(error)};
      } catch (Exception error) {
        error.printStackTrace();
        came = new String[] {"not-run", "the probe broke: " + words(error)};
      }
      out.println(JSON.writeValueAsString(Map.of("line", line, "verdict", came[0], "shown", came[1])));
      out.flush();
    }
    System.exit(0);
  }

  private static String words(Exception error) {
    return error.getClass().getSimpleName() + ": " + String.valueOf(error.getMessage()).lines().findFirst().orElse("");
  }

  private static Line lineOf(String line) throws ReflectiveOperationException {
    String name =
        Arrays.stream(line.split("-"))
            .map(word -> word.substring(0, 1).toUpperCase() + word.substring(1))
            .collect(Collectors.joining());
    return (Line) Class.forName("aftershock.compatibility." + name).getDeclaredConstructor().newInstance();
  }
}
