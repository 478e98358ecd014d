/** What runs when nobody names a version; its jars are locked by checksum in this repository. */
export const KAFKA_VERSION = '4.3.1'
/**
 * Older ones are configured in another way: this one has a formatted disk's `directory.id`, and combined nodes without
 * ZooKeeper.
 */
export const OLDEST_KAFKA = '4.0.0'
