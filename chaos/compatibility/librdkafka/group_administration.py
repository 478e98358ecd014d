from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition

from place import must


def probe(place):
    topic = place.topic("group-administration")
    place.send(topic, [{"value": b"v"} for _n in range(5)])
    consumer = place.consumer(topic)
    consumer.subscribe([topic])
    place.take(consumer, 5, 60)
    consumer.commit(asynchronous=False)
    consumer.close()
    admin = place.admin
    (described,) = admin.describe_consumer_groups([topic]).values()
    must(described.result(30).group_id == topic, "a group is described as another one")
    moved = ConsumerGroupTopicPartitions(topic, [TopicPartition(topic, 0, 2)])
    admin.alter_consumer_group_offsets([moved])[topic].result(30)
    asked = ConsumerGroupTopicPartitions(topic, [TopicPartition(topic, 0)])
    (told,) = admin.list_consumer_group_offsets([asked])[topic].result(30).topic_partitions
    must(told.offset == 2, f"offsets were set to 2, and are told as {told.offset}")
    admin.delete_consumer_groups([topic])[topic].result(30)
    return "described, its offsets told and set, and deleted"
