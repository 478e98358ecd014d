from confluent_kafka import TopicPartition
from confluent_kafka.admin import NewPartitions, OffsetSpec

from place import must


def probe(place):
    topic = place.topic("records-deleted")
    place.send(topic, [{"value": b"v"} for _n in range(10)])
    asked = TopicPartition(topic, 0, 6)
    place.admin.delete_records([asked])[asked].result(30)
    at = TopicPartition(topic, 0)
    told = place.admin.list_offsets({at: OffsetSpec.earliest()})[at].result(30).offset
    must(told == 6, f"records before 6 were deleted, and the log begins at {told}")
    place.admin.create_partitions([NewPartitions(topic, 3)])[topic].result(30)
    place.until("partitions that were added to have leaders", lambda: place.is_led(topic, 3))
    return "records before an offset are deleted, and partitions can be added"
