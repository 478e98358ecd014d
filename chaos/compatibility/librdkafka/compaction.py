from confluent_kafka import TopicPartition

from place import must


def probe(place):
    """What the probe of kafkajs wrote, and waited for, is read by another client."""
    topic = f"{place.prefix}compaction.kafkajs"
    consumer = place.consumer(topic)
    try:
        _low, high = consumer.get_watermark_offsets(TopicPartition(topic, 0), 30)
        consumer.assign([TopicPartition(topic, 0, 0)])
        newest, read = {}, 0
        while True:
            (message,) = place.take(consumer, 1)
            read += 1
            newest[message.key()] = message.value()
            if message.offset() >= high - 1:
                break
    finally:
        consumer.close()
    must(read < high, f"all {high} records are still there")
    must(all(newest.get(b"key-%d" % n) == b"value-9-%d" % n for n in range(10)), "a newest value is gone")
    return f"{read} of {high} records are left, with the newest of each key"
