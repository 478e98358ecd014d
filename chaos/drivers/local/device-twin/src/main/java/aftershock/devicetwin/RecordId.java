package aftershock.devicetwin;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Device, epoch and sequence of one record of the fleet, which begins with them: `{"id":"d17/1/42"`. */
record RecordId(String device, long epoch, long sequence) {
  private static final Pattern BEGIN = Pattern.compile("\\{\"id\":\"(d\\d+)/(\\d{1,18})/(\\d{1,18})\"");

  /** Null for a value that is no record of a fleet: a mistake of one producer stops nobody's processing. */
  static RecordId in(String value) {
    if (value == null) return null;
    Matcher found = BEGIN.matcher(value);
    if (!found.lookingAt()) return null;
    return new RecordId(
        found.group(1), Long.parseLong(found.group(2)), Long.parseLong(found.group(3)));
  }

  @Override
  public String toString() {
    return device + "/" + epoch + "/" + sequence;
  }
}
