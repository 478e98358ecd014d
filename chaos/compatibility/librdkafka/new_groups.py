from groups import shares_and_goes_on


def probe(place):
    return shares_and_goes_on(place, "new-groups", {"group.protocol": "consumer"})
