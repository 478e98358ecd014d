package aftershock.compatibility;


final class NewGroups implements Line {
  @Override
  public String probe(Place place) throws Exception {
    return Groups.sharesAndGoesOn(place, "new-groups", "consumer");
  }
}
