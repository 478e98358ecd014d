from confluent_kafka import TopicPartition

from place import must

START_MS = 1_600_000_000_000


def probe(place):
    topic = place.topic("offsets-by-time")
    place.send(topic, [{"value": b"v", "timestamp": START_MS + n * 1000} for n in range(10)])
    consumer = place.consumer(topic)
    try:
        (found,) = consumer.offsets_for_times([TopicPartition(topic, 0, START_MS + 3500)], 30)
        must(found.offset == 4, f"the first record from 3.5 s on is at 4, and {found.offset} was told")
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, 0), 30)
        must((low, high) == (0, 10), f"the log is told to be from {low} to {high}")
    finally:
        consumer.close()
    return "the first record from a time on; beginning and end"
