import time

from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME

from place import must

PAST_MS = 1_600_000_000_000


def probe(place):
    topic = place.topic("timestamps")
    place.send(topic, [{"value": b"v", "timestamp": PAST_MS}])
    (found,) = place.read(topic, 1)
    must(found.timestamp() == (TIMESTAMP_CREATE_TIME, PAST_MS), f"the time of a device came back as {found.timestamp()}")
    appended = place.topic("timestamps", {"message.timestamp.type": "LogAppendTime"}, more=".append")
    place.send(appended, [{"value": b"v", "timestamp": PAST_MS}])
    (found,) = place.read(appended, 1)
    kind, at = found.timestamp()
    must(kind == TIMESTAMP_LOG_APPEND_TIME, "brokers do not put their own time where a topic asks for it")
    must(abs(at / 1000 - time.time()) < 3600, f"their time is {at}")
    return "a device's time is kept; brokers' own where a topic asks for it"
