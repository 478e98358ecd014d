"""Whether this node of Kafka or AutoMQ serves, and whether its cluster would bear the loss of another one.

usage: node-answers.py SERVER_PROPERTIES. Ends with 0 when both is so; with 1, and why not on standard output, when not
yet; with 3 when so few voters can be reached that it cannot be so before other nodes are there.
"""

import socket
import ssl
import struct
import sys

API_VERSIONS, METADATA, DESCRIBE_QUORUM = 18, 3, 55
SECONDS = 5
# Records that a voter may be behind the end of the metadata log that a majority has. Heartbeats alone are two a second.
QUORUM_LAG = 100


class NotYet(Exception):
    pass


def properties(path):
    with open(path, encoding="utf-8") as file:
        pairs = (line.rstrip("\n").partition("=") for line in file if "=" in line)
        return {key: value for key, _, value in pairs}


class Reader:
    """Of an answer of Kafka's protocol."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        value = struct.unpack_from(">" + form, self.data, self.at)[0]
        self.at += struct.calcsize(form)
        return value

    def bytes(self, length):
        self.at += length
        return self.data[self.at - length : self.at]

    def text(self):
        length = self.take("h")
        return None if length < 0 else self.bytes(length).decode()

    def list(self, item):
        return [item() for _ in range(max(0, self.take("i")))]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take("B")
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def tags(self):
        for _ in range(self.varint()):
            self.varint()
            self.bytes(self.varint())

    def compact_list(self, item):
        return [item() for _ in range(max(0, self.varint() - 1))]


class Node:
    def __init__(self, host, port, own):
        self.name = f"{host}:{port}"
        self.connection = socket.create_connection((host, port), SECONDS)
        self.connection.settimeout(SECONDS)
        if own is not None:
            self.connection = own.wrap_socket(self.connection, server_hostname=host)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def ask(self, api, version, body=b"", flexible=False):
        client = b"aftershock"
        head = struct.pack(">hhih", api, version, 7, len(client)) + client + (b"\x00" if flexible else b"")
        self.connection.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
        answer = Reader(self.exactly(struct.unpack(">i", self.exactly(4))[0]))
        if answer.take("i") != 7:
            raise NotYet(f"{self.name} answers what nobody asked")
        if flexible:
            answer.tags()
        return answer

    def exactly(self, length):
        data = b""
        while len(data) < length:
            more = self.connection.recv(length - len(data))
            if not more:
                raise NotYet(f"{self.name} ended the connection")
            data += more
        return data

    def versions(self):
        answer = self.ask(API_VERSIONS, 0)
        error = answer.take("h")
        if error != 0:
            raise NotYet(f"{self.name} answers ApiVersions with error {error}")
        return {answer.take("h"): (answer.take("h"), answer.take("h")) for _ in range(answer.take("i"))}

    def metadata(self):
        """Version 4: brokers that are there, and each partition's leader, replicas and those in sync."""
        answer = self.ask(METADATA, 4, struct.pack(">ib", -1, 0))
        answer.take("i")
        ids = answer.list(lambda: (answer.take("i"), answer.text(), answer.take("i"), answer.text())[0])
        answer.text()
        answer.take("i")

        def partition():
            answer.take("h")
            index, leader = answer.take("i"), answer.take("i")
            replicas, in_sync = (answer.list(lambda: answer.take("i")) for _ in range(2))
            return index, leader, replicas, in_sync

        def topic():
            answer.take("h")
            name = answer.text()
            answer.take("b")
            return [(f"{name}-{index}", *rest) for index, *rest in answer.list(partition)]

        return ids, [one for partitions in answer.list(topic) for one in partitions]

    def quorum(self):
        """Version 0: the end of the metadata log that a majority has, and how far each voter is. None: ask another."""
        name = b"__cluster_metadata"
        topic = bytes([2, len(name) + 1]) + name + bytes([2]) + struct.pack(">i", 0) + bytes(3)
        answer = self.ask(DESCRIBE_QUORUM, 0, topic, flexible=True)
        if answer.take("h") != 0 or answer.varint() != 2:
            return None
        answer.bytes(answer.varint() - 1)
        answer.varint()
        answer.take("i")
        if answer.take("h") != 0:
            return None
        answer.take("i")
        answer.take("i")
        end = answer.take("q")

        def voter():
            identity, offset = answer.take("i"), answer.take("q")
            answer.tags()
            return identity, offset

        return end, dict(answer.compact_list(voter))


class Check:
    def __init__(self, settings):
        self.settings = settings
        self.id = int(settings["node.id"])
        self.roles = settings["process.roles"].split(",")
        voters = [voter.partition("@")[2] for voter in settings["controller.quorum.voters"].split(",")]
        self.voters = [(host, int(port)) for host, _, port in (voter.rpartition(":") for voter in voters)]

    def tls(self, listener):
        """What a node shows to another, where listeners want that; None where they are open."""
        protocols = dict(pair.split(":") for pair in self.settings["listener.security.protocol.map"].split(","))
        if protocols.get(listener) != "SSL":
            return None
        own = ssl.create_default_context(cafile=self.settings["ssl.truststore.location"])
        own.load_cert_chain(self.settings["ssl.keystore.location"])
        # Brokers without names are reached by addresses, which are in no certificate; the authority is ours alone.
        own.check_hostname = False
        return own

    def listener(self, name):
        for address in self.settings["advertised.listeners"].split(","):
            kind, _, place = address.partition("://")
            if kind == name:
                host, _, port = place.rpartition(":")
                return host, int(port)
        raise NotYet(f"there is no listener {name}")

    def broker(self):
        name = self.settings["inter.broker.listener.name"]
        with Node(*self.listener(name), self.tls(name)) as node:
            if METADATA not in node.versions():
                raise NotYet(f"{node.name} does not serve brokers' questions")
            alive, partitions = node.metadata()
        if self.id not in alive:
            raise NotYet(f"the cluster does not count broker {self.id} among those that serve")
        for name, leader, replicas, in_sync in partitions:
            if leader < 0 and set(replicas) & set(alive):
                raise NotYet(f"{name} has no leader")
            late = sorted(set(replicas) & set(alive) - set(in_sync))
            if late:
                raise NotYet(f"{name} is not in sync on broker {late[0]}")

    def controller(self):
        for host, port in self.voters:
            try:
                with Node(host, port, self.tls(self.settings["controller.listener.names"])) as node:
                    found = node.quorum()
            except (OSError, NotYet):
                continue
            if found is None:
                continue
            end, offsets = found
            if end - offsets.get(self.id, -1) > QUORUM_LAG:
                raise NotYet(f"voter {self.id} is not at the end of the metadata log")
            return
        raise NotYet("no voter leads the quorum")

    def reachable(self):
        count = 0
        for place in self.voters:
            try:
                socket.create_connection(place, SECONDS).close()
                count += 1
            except OSError:
                pass
        return count


def main():
    check = Check(properties(sys.argv[1]))
    try:
        if "controller" in check.roles:
            check.controller()
        if "broker" in check.roles:
            check.broker()
        return 0
    except (OSError, NotYet, struct.error) as error:
        print(f"{type(error).__name__}: {error}" if not isinstance(error, NotYet) else error)
    return 1 if check.reachable() > len(check.voters) // 2 else 3


sys.exit(main())
