package aftershock.tieredstore;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** A few lines instead of a test framework: what is said here is read by the tests of the lab. */
final class Check {
  interface Body {
    void run() throws Exception;
  }

  private final Map<String, Body> checks = new LinkedHashMap<>();

  void that(String sentence, Body body) {
    checks.put(sentence, body);
  }

  /** Prints {@code ok <sentence>} or {@code not ok <sentence>} and why, for each. */
  void runAll() {
    checks.forEach((sentence, body) -> {
      try {
        body.run();
        System.out.println("ok " + sentence);
      } catch (Exception | AssertionError failure) {
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        System.out.println("not ok " + sentence);
        System.out.println(trace.toString().indent(4));
      }
    });
  }

  static void isTrue(boolean condition, String what) {
    if (!condition) throw new AssertionError(what);
  }

  static void equal(Object actual, Object expected) {
    isTrue(Objects.equals(actual, expected), "expected %s, not %s".formatted(expected, actual));
  }

  /** What the body throws, which must be of exactly this class. */
  static <E extends Exception> E fails(Class<E> expected, Body body) {
    try {
      body.run();
    } catch (Exception failure) {
      if (failure.getClass() == expected) return expected.cast(failure);
      throw new AssertionError("expected %s, not %s".formatted(expected.getName(), failure), failure);
    }
    throw new AssertionError("expected " + expected.getName() + ", but it went well");
  }
}
