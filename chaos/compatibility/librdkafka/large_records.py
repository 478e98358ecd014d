import hashlib

from place import must

BYTES = 4_000_000


def probe(place):
    topic = place.topic("large-records", {"max.message.bytes": "6000000"})
    value = hashlib.shake_128(b"large").digest(BYTES)
    place.send(topic, [{"value": value}], place.producer(message_max_bytes=6_000_000))
    (found,) = place.read(topic, 1, {"fetch.message.max.bytes": 1_000_000})
    must(found.value() == value, "a record of 4 MB is read otherwise")
    return "4 MB, also by a reader that asks for less"
