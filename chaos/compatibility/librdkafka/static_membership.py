from place import must


def probe(place):
    topic = place.topic("static-membership", partitions=2)
    changes = []

    def member(name):
        settings = {"group.instance.id": name, "session.timeout.ms": 30000, "group.protocol": "classic"}
        one = place.consumer(topic, settings)
        one.subscribe([topic], on_assign=lambda _c, of: changes.append((name, [p.partition for p in of])))
        return one

    first, second = member("first"), member("second")

    def settled():
        first.poll(0.1)
        second.poll(0.1)
        return len(first.assignment()) == 1 and len(second.assignment()) == 1

    try:
        place.until("two members with names of their own to have a partition each", settled, 60)
        had = [one.partition for one in second.assignment()]
        second.close()
        before = len(changes)
        second = member("second")
        place.until("the one that came back to have a partition again", settled, 60)
        must([one.partition for one in second.assignment()] == had, "who came back got another partition")
        others = [name for name, _of in changes[before:] if name == "first"]
        must(not others, "the other member was given partitions anew")
    finally:
        first.close()
        second.close()
    return "who comes back by its name has its partition, and the other keeps its own"
