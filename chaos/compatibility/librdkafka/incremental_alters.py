from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from place import must


def probe(place):
    topic = place.topic("incremental-alters", {"retention.ms": "3600000", "segment.ms": "1800000"})
    asked = ConfigResource(ResourceType.TOPIC, topic)

    def told():
        return place.admin.describe_configs([asked])[asked].result(30)

    entry = ConfigEntry("retention.ms", "7200000", incremental_operation=AlterConfigOpType.SET)
    changed = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    place.admin.incremental_alter_configs([changed])[changed].result(30)
    place.until("the change to be told", lambda: told()["retention.ms"].value == "7200000")
    must(told()["segment.ms"].value == "1800000", "a change of one setting took another one away")
    return "one setting is changed, and the others stay"
