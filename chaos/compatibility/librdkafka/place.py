"""What probes of librdkafka have: clients, topics of their own, and words for what is lacking."""

import time

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic

ANSWER_S = 30


class Lacks(Exception):
    """What was seen is not what is needed."""


class NotRun(Exception):
    """It cannot be tried here."""


def must(holds, shown):
    if not holds:
        raise Lacks(shown)


class Place:
    def __init__(self, given):
        settings = dict(given["settings"])
        token = settings.pop("aftershock.token", None)
        self.settings = {"bootstrap.servers": given["bootstrap"], **settings}
        if token is not None:
            self.settings["oauth_cb"] = lambda _config: (token, time.time() + 600)
        self.prefix = given["prefix"]
        self.copies = given["copies"]
        self.mechanism = given["mechanism"]
        self.authorizer = given["authorizer"]
        self.racks = given["racks"]
        self.admin = AdminClient(self.settings)

    def name(self, line):
        return f"{self.prefix}{line}.librdkafka"

    def topic(self, line, settings=None, partitions=1, more=""):
        name = f"{self.name(line)}{more}"
        new = NewTopic(name, partitions, self.copies, config=settings or {})
        self.admin.create_topics([new])[name].result(ANSWER_S)
        self.until(f"{name} to have leaders", lambda: self.is_led(name, partitions))
        return name

    def is_led(self, name, partitions):
        found = self.admin.list_topics(name, timeout=ANSWER_S).topics[name].partitions
        return len(found) == partitions and all(one.leader >= 0 for one in found.values())

    def until(self, what, holds, seconds=ANSWER_S):
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError(f"waited {seconds} s for {what}")
            time.sleep(0.05)

    def producer(self, **settings):
        named = {key.replace("_", "."): value for key, value in settings.items()}
        return Producer({**self.settings, **named})

    def consumer(self, group, more=None):
        return Consumer(
            {
                **self.settings,
                "group.id": group,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                **(more or {}),
            }
        )

    def send(self, topic, records, producer=None):
        """Each is what `produce` takes. Returns the messages as they were acknowledged."""
        own = producer or self.producer()
        told = []

        def on_delivery(error, message):
            told.append((error, message))

        for record in records:
            own.produce(topic, on_delivery=on_delivery, **record)
        own.flush(ANSWER_S)
        must(len(told) == len(records), f"{len(told)} of {len(records)} records were acknowledged")
        for error, _message in told:
            if error is not None:
                raise Failed(error)
        return [message for _error, message in told]

    def read(self, topic, count, more=None, partition=0):
        """The first `count` records of one partition."""
        consumer = self.consumer(f"{topic}.read", more)
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
        try:
            return self.take(consumer, count)
        finally:
            consumer.close()

    def take(self, consumer, count, seconds=ANSWER_S):
        found = []
        end = time.monotonic() + seconds
        while len(found) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"read {len(found)} of {count} records in {seconds} s")
            message = consumer.poll(0.2)
            if message is None:
                continue
            if message.error():
                raise Failed(message.error())
            found.append(message)
        return found


class Failed(Exception):
    """A KafkaError that was told, and not raised."""

    def __init__(self, error):
        super().__init__(error.str())
        self.error = error


def is_answer(error):
    """Whether a broker said so, or the client that the broker cannot: else it may be the network."""
    return error.code() > 0 or error.fatal() or error.code() == KafkaError._UNSUPPORTED_FEATURE
