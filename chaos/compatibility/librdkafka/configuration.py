from confluent_kafka.admin import ConfigResource, ResourceType

from place import must


def probe(place):
    topic = place.topic("configuration", {"retention.ms": "3600000"})

    def told():
        asked = ConfigResource(ResourceType.TOPIC, topic)
        return place.admin.describe_configs([asked])[asked].result(30)

    must(told()["retention.ms"].value == "3600000", "a topic has another setting than it was made with")
    changed = ConfigResource(ResourceType.TOPIC, topic, set_config={"retention.ms": "7200000"})
    place.admin.alter_configs([changed])[changed].result(30)
    place.until("the change to be told", lambda: told()["retention.ms"].value == "7200000")
    return "settings of topics are told and changed as a whole"
