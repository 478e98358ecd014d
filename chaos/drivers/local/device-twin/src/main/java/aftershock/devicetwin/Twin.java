package aftershock.devicetwin;

/**
 * The last state of one device: the newest record that came from it, the number of the newest command that it was sent
 * in that epoch, and that of the newest one that it acknowledged. Numbers of commands count from 1; 0 is none.
 */
record Twin(long epoch, long sequence, long issued, long acknowledged) {
  static final Twin NEW = new Twin(-1, -1, 0, 0);

  /** As it is kept: `epoch/sequence/issued/acknowledged`. */
  static Twin parse(String text) {
    if (text == null) return NEW;
    String[] parts = text.split("/");
    return new Twin(
        Long.parseLong(parts[0]),
        Long.parseLong(parts[1]),
        Long.parseLong(parts[2]),
        Long.parseLong(parts[3]));
  }

  boolean knows(RecordId id) {
    return id.epoch() < epoch || (id.epoch() == epoch && id.sequence() <= sequence);
  }

  /** @param every a command is due each time the sequence of an epoch passes a multiple of it */
  Twin after(RecordId id, long every) {
    boolean isSame = id.epoch() == epoch;
    long due = id.sequence() / every;
    return new Twin(
        id.epoch(), id.sequence(), Math.max(due, isSame ? issued : 0), isSame ? acknowledged : 0);
  }

  Twin acknowledging(RecordId command) {
    if (command.epoch() != epoch || command.sequence() <= acknowledged) return this;
    return new Twin(epoch, sequence, issued, command.sequence());
  }

  @Override
  public String toString() {
    return epoch + "/" + sequence + "/" + issued + "/" + acknowledged;
  }
}
