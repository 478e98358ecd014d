from place import must


def probe(place):
    topic = place.topic("headers")
    given = [("twice", b"one"), ("twice", b"two"), ("bytes", bytes(range(256))), ("empty", b""), ("none", None)]
    place.send(topic, [{"key": None, "value": b"v", "headers": given}, {"key": b"k", "value": None}])
    first, second = place.read(topic, 2)
    must(first.headers() == given, f"headers came back as {first.headers()}")
    must(first.key() is None and second.value() is None, "an absent key or value came back as one")
    return "keys that repeat, bytes, empty and absent values"
