from place import must


def probe(place):
    """A quota stands on this very name: what is read under it is held back."""
    topic = place.topic("quotas")
    place.send(topic, [{"value": b"x" * 50_000} for _n in range(40)])
    held = []
    more = {
        "client.id": f"{place.prefix}limited",
        "throttle_cb": lambda event: held.append(event.throttle_time),
        "fetch.message.max.bytes": 200_000,
    }
    consumer = place.consumer(topic, more)
    consumer.subscribe([topic])
    try:
        place.until("a broker to hold a reader back", lambda: consumer.poll(0.1) and False or bool(held), 30)
    finally:
        consumer.close()
    must(max(held) > 0, "no broker held a limited reader back")
    return "a limited reader is held back, and told so"
