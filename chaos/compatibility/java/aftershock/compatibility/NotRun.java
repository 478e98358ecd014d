package aftershock.compatibility;

/** It cannot be tried here. */
final class NotRun extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotRun(String shown) {
    super(shown);
  }
}
