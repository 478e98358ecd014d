"""No line: what the lines about groups do alike."""

from confluent_kafka import TopicPartition

from place import Failed, is_answer, must

PARTITIONS = 4


def shares_and_goes_on(place, line, settings):
    topic = place.topic(line, partitions=PARTITIONS)
    group = topic
    place.send(topic, [{"value": str(n).encode(), "partition": n % PARTITIONS} for n in range(40)])
    first = place.consumer(group, settings)
    second = place.consumer(group, settings)
    try:
        first.subscribe([topic])
        second.subscribe([topic])
        found = []

        def shared():
            for one in (first, second):
                message = one.poll(0.1)
                if message is not None and not message.error():
                    found.append((message.partition(), message.offset()))
                elif message is not None and is_answer(message.error()) and not message.error().retriable():
                    raise Failed(message.error())
            mine, others = first.assignment(), second.assignment()
            return len(mine) == 2 and len(others) == 2 and len(set(found)) == 40

        place.until("two members to share four partitions and to read all of it", shared, 30)
        for one in (first, second):
            done = [TopicPartition(topic, at.partition, 40 // PARTITIONS) for at in one.assignment()]
            one.commit(offsets=done, asynchronous=False)
    finally:
        first.close()
        second.close()
    place.send(topic, [{"value": b"later", "partition": 0}])
    third = place.consumer(group, settings)
    try:
        third.subscribe([topic])
        (message,) = place.take(third, 1, 60)
        must(message.value() == b"later", f"a member that came later began with {message.value()}")
    finally:
        third.close()
    return "two members share, commit, and a third goes on where they were"
