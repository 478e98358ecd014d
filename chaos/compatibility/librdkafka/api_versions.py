from place import must


def probe(place):
    found = place.admin.list_topics(timeout=30)
    must(len(found.brokers) > 0, "no broker is named")
    must(found.controller_id >= 0, "no controller is named")
    cluster = place.admin.describe_cluster(include_authorized_operations=True).result(30)
    must(bool(cluster.cluster_id), "the cluster has no id")
    return f"{len(found.brokers)} brokers, cluster {cluster.cluster_id}"
