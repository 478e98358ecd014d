from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from place import NotRun


def probe(place):
    if not place.authorizer:
        raise NotRun("this cluster has no authorizer")
    name = place.name("access-rules")
    parts = (ResourceType.TOPIC, name, ResourcePatternType.PREFIXED, "User:nobody", "*", AclOperation.READ, AclPermissionType.ALLOW)
    rule, asked = AclBinding(*parts), AclBindingFilter(*parts)
    place.admin.create_acls([rule])[rule].result(30)
    try:
        place.until("the rule to be told", lambda: place.admin.describe_acls(asked).result(30) == [rule])
    finally:
        place.admin.delete_acls([asked])[asked].result(30)
    place.until("the rule to be gone", lambda: place.admin.describe_acls(asked).result(30) == [])
    return "a rule for a prefix is made, told and taken away"
