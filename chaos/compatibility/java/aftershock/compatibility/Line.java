package aftershock.compatibility;

/** One line of the table: what was seen, or Lacks. */
interface Line {
  String probe(Place place) throws Exception;
}
