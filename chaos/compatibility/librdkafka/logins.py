from place import NotRun


def probe(place):
    if place.mechanism is None:
        raise NotRun("nobody logs in to this listener")
    place.admin.list_topics(timeout=30)
    return place.mechanism
