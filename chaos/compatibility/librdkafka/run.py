"""Tries the lines that stand on its input, one after the other, and prints what came of each: a JSON document a line."""

import importlib
import json
import sys
import traceback

sys.dont_write_bytecode = True

import confluent_kafka

from place import Failed, Lacks, NotRun, Place, is_answer


def outcome(place, line):
    module = importlib.import_module(line.replace("-", "_"))
    try:
        return "pass", module.probe(place)
    except Lacks as error:
        return "fail", str(error)
    except (confluent_kafka.KafkaException, Failed) as error:
        told = error.error if isinstance(error, Failed) else error.args[0]
        if not isinstance(told, confluent_kafka.KafkaError):
            return "not-run", str(told)
        return ("fail" if is_answer(told) else "not-run"), f"{told.name()}: {told.str()}"
    except (NotRun, TimeoutError) as error:
        return "not-run", str(error)
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        return "not-run", f"the probe broke: {type(error).__name__}: {error}"


def main():
    if "--version" in sys.argv:
        client, (library, _number) = confluent_kafka.version(), confluent_kafka.libversion()
        client = client if isinstance(client, str) else client[0]
        print(json.dumps({"client": client, "library": library}))
        return
    given = json.load(sys.stdin)
    place = Place(given)
    for line in given["lines"]:
        verdict, shown = outcome(place, line)
        print(json.dumps({"line": line, "verdict": verdict, "shown": shown}), flush=True)


main()
