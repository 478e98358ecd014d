package aftershock.compatibility;


final class Logins implements Line {
  @Override
  public String probe(Place place) throws Exception {
    if (place.given.get("mechanism").isNull()) throw new NotRun("nobody logs in to this listener");
    Place.get(place.admin.describeCluster().nodes());
    return place.given.get("mechanism").asText();
  }
}
