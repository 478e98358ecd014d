package aftershock.compatibility;

import java.util.List;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

final class AccessRules implements Line {
  @Override
  public String probe(Place place) throws Exception {
    if (!place.given.get("authorizer").asBoolean()) throw new NotRun("this cluster has no authorizer");
    var rule =
        new AclBinding(
            new ResourcePattern(ResourceType.TOPIC, place.name("access-rules"), PatternType.PREFIXED),
            new AccessControlEntry("User:nobody", "*", AclOperation.READ, AclPermissionType.ALLOW));
    Place.get(place.admin.createAcls(List.of(rule)).all());
    try {
      Place.until("the rule to be told", Place.ANSWER_S, () -> Place.get(place.admin.describeAcls(rule.toFilter()).values()).contains(rule));
    } finally {
      Place.get(place.admin.deleteAcls(List.of(rule.toFilter())).all());
    }
    Place.until("the rule to be gone", Place.ANSWER_S, () -> Place.get(place.admin.describeAcls(rule.toFilter()).values()).isEmpty());
    return "a rule for a prefix is made, told and taken away";
  }
}
