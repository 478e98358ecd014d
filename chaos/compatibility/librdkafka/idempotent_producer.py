from place import must


def probe(place):
    topic = place.topic("idempotent-producer")
    producer = place.producer(enable_idempotence=True)
    place.send(topic, [{"value": str(n).encode()} for n in range(200)], producer)
    found = [int(one.value()) for one in place.read(topic, 200)]
    must(found == list(range(200)), "records are missing, twice or in another order")
    return "200 records, each once and in order"
