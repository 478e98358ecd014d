package aftershock.compatibility;


final class ApiVersions implements Line {
  @Override
  public String probe(Place place) throws Exception {
    var cluster = place.admin.describeCluster();
    int brokers = Place.get(cluster.nodes()).size();
    Place.must(Place.get(cluster.controller()) != null, "no controller is named");
    var features = Place.get(place.admin.describeFeatures().featureMetadata()).finalizedFeatures();
    return brokers + " brokers; features " + features;
  }
}
