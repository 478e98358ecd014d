from place import must

CODECS = ("gzip", "snappy", "lz4", "zstd")


def probe(place):
    topic = place.topic("record-codecs", partitions=len(CODECS))
    value = b"a record that compresses well " * 40
    for partition, codec in enumerate(CODECS):
        producer = place.producer(compression_type=codec, linger_ms=50)
        sent = [{"value": value + str(n).encode(), "partition": partition} for n in range(20)]
        place.send(topic, sent, producer)
        found = place.read(topic, 20, partition=partition)
        must([one.value() for one in found] == [one["value"] for one in sent], f"{codec} is read otherwise")
    return ", ".join(CODECS)
