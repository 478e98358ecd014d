package aftershock.compatibility;

/** What was seen is not what is needed. */
final class Lacks extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Lacks(String shown) {
    super(shown);
  }
}
