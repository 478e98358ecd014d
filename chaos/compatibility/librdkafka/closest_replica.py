import json
import time

from place import NotRun, must


def probe(place):
    racks = {int(broker): rack for broker, rack in place.racks.items() if rack}
    if len(set(racks.values())) < 2:
        raise NotRun("brokers name no racks, or one")
    topic = place.topic("closest-replica", partitions=6)
    place.send(topic, [{"value": b"v", "partition": n % 6} for n in range(60)])
    partitions = place.admin.list_topics(topic, timeout=30).topics[topic].partitions
    if all(len(one.replicas) < 2 for one in partitions.values()):
        raise NotRun("each partition has one replica: none is closer than another")
    rack = sorted(set(racks.values()))[0]
    away = {p for p, one in partitions.items() if racks.get(one.leader) != rack and any(racks.get(r) == rack for r in one.replicas)}
    must(bool(away), "no partition is led from another rack")
    served = {}

    def on_stats(text):
        for number, one in json.loads(text)["topics"].get(topic, {}).get("partitions", {}).items():
            served[int(number)] = one["broker"]

    more = {"client.rack": rack, "statistics.interval.ms": 200, "stats_cb": on_stats}
    consumer = place.consumer(topic, more)
    consumer.subscribe([topic])
    try:
        end = time.monotonic() + 30
        while time.monotonic() < end and not all(racks.get(served.get(p)) == rack for p in away):
            consumer.poll(0.1)
    finally:
        consumer.close()
    near = {p for p in away if racks.get(served.get(p)) == rack}
    must(near == away, f"{len(near)} of {len(away)} partitions that are led elsewhere are read from the own rack")
    return f"{len(away)} partitions that are led elsewhere are read in {rack}"
