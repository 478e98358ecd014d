package aftershock.compatibility;


final class ClassicGroups implements Line {
  @Override
  public String probe(Place place) throws Exception {
    return Groups.sharesAndGoesOn(place, "classic-groups", "classic");
  }
}
