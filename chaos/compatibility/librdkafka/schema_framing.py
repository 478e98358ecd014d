import struct

from place import must


def probe(place):
    topic = place.topic("schema-framing")
    payload = bytes(range(256))
    value = struct.pack(">bI", 0, 100_001) + payload
    key = struct.pack(">bI", 0, 7) + b"d-1"
    place.send(topic, [{"key": key, "value": value}])
    (found,) = place.read(topic, 1)
    magic, schema = struct.unpack(">bI", found.value()[:5])
    must((magic, schema, found.value()[5:], found.key()) == (0, 100_001, payload, key), "the frame came back otherwise")
    return "magic byte, four bytes of id, and what follows, in keys and values"
