from confluent_kafka import KafkaError, KafkaException, TopicPartition

from place import must


def probe(place):
    topic = place.topic("transactions")
    group = f"{place.name('transactions')}.group"
    own = place.producer(transactional_id=place.name("transactions"))
    own.init_transactions(30)
    own.begin_transaction()
    own.produce(topic, b"aborted")
    own.flush(30)
    own.abort_transaction(30)
    own.begin_transaction()
    own.produce(topic, b"committed")
    consumer = place.consumer(group)
    own.send_offsets_to_transaction([TopicPartition(topic, 0, 7)], consumer.consumer_group_metadata(), 30)
    own.commit_transaction(30)
    (found,) = place.read(topic, 1, {"isolation.level": "read_committed"})
    must(found.value() == b"committed", f"a reader of what is committed got {found.value()}")
    (stored,) = consumer.committed([TopicPartition(topic, 0)], 30)
    consumer.close()
    must(stored.offset == 7, f"the offset in the transaction is {stored.offset}, and was 7")
    other = place.producer(transactional_id=place.name("transactions"))
    other.init_transactions(30)
    try:
        own.begin_transaction()
        own.produce(topic, b"late")
        own.commit_transaction(30)
    except KafkaException as error:
        must(
            error.args[0].code() in (KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED),
            f"who was replaced was told {error.args[0].name()}",
        )
        return "committed is read, aborted is not, offsets go with it, and who was replaced is fenced"
    must(False, "who was replaced could still commit")
