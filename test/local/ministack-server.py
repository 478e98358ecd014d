"""ministack with what its Step Functions lacks: heartbeats, and calls of every service, by the models of botocore.

    ministack-server.py PORT MOTO FOLDER

What a state machine calls goes to moto at the address MOTO, but for Step Functions and Scheduler, which are ministack's
own. Each call is a line of FOLDER/calls.jsonl. FOLDER/fails.json is a list of names of states whose calls fail.
"""

import datetime
import json
import os
import sys
import threading
import time
import urllib.request

PORT, MOTO, FOLDER = sys.argv[1:]
REGION = os.environ["AWS_REGION"]
os.environ |= {"GATEWAY_PORT": PORT, "BIND_HOST": "127.0.0.1", "MINISTACK_REGION": REGION}
os.environ |= {"SERVICES": "stepfunctions,scheduler,events,sts", "LOG_LEVEL": "WARNING", "IOT_MTLS_ENABLED": "0"}
sys.argv = sys.argv[:1]

import boto3  # noqa: E402
from botocore import xform_name  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import BotoCoreError, ClientError  # noqa: E402
from ministack import app  # noqa: E402
from ministack.core.responses import get_account_id  # noqa: E402
from ministack.services import scheduler, stepfunctions as states  # noqa: E402

ELSEWHERE = {"ssm": os.environ["SSM_ENDPOINT"]} if "SSM_ENDPOINT" in os.environ else {}
OWN = {"scheduler": "scheduler", "sfn": "stepfunctions"}
now = threading.local()
lock = threading.Lock()


def fails(name):
    path = os.path.join(FOLDER, "fails.json")
    if not os.path.exists(path):
        return False
    with open(path) as file:
        return name in json.load(file)


def note(call):
    with lock, open(os.path.join(FOLDER, "calls.jsonl"), "a") as file:
        file.write(json.dumps(call, default=str) + "\n")


clients = {}


def client(service):
    with lock:
        if service not in clients:
            clients[service] = make_client(service)
        return clients[service]


def make_client(service):
    # Where Systems Manager has documents done, it is not moto.
    endpoint = f"http://127.0.0.1:{PORT}" if service in OWN else ELSEWHERE.get(service, MOTO)
    # By the key's id ministack tells accounts apart, and moto does not.
    key = get_account_id() if service in OWN else "test"
    return boto3.client(
        OWN.get(service, service),
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 0}, parameter_validation=True),
    )


def member(shape, name):
    """Step Functions has the names of parameters with a capital, whatever the API has."""
    found = next((one for one in shape.members if one[:1].upper() + one[1:] == name), None)
    if found is None:
        raise states._ExecutionError("States.Runtime", f"{shape.name} has no {name}: {', '.join(shape.members)}")
    return found


def to_api(shape, value):
    if shape.type_name == "structure":
        names = {member(shape, name): inner for name, inner in value.items()}
        return {name: to_api(shape.members[name], inner) for name, inner in names.items()}
    if shape.type_name == "list":
        return [to_api(shape.member, inner) for inner in value]
    return value


def to_states(shape, value):
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if shape is not None and shape.type_name == "structure":
        members = {name: inner for name, inner in value.items() if name in shape.members}
        return {name[:1].upper() + name[1:]: to_states(shape.members[name], inner) for name, inner in members.items()}
    if shape is not None and shape.type_name == "list":
        return [to_states(shape.member, inner) for inner in value]
    return value


def call_api(resource, parameters):
    service, action = resource.replace(".waitForTaskToken", "").split(":")[-2:]
    note({"state": now.state, "machine": now.machine, "call": f"{service}:{action}", "parameters": parameters})
    made = client(service)
    model = made.meta.service_model.operation_model(action[:1].upper() + action[1:])
    prefix = service[:1].upper() + service[1:]
    try:
        wanted = to_api(model.input_shape, parameters) if parameters else {}
        answer = getattr(made, xform_name(model.name))(**wanted)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise states._ExecutionError(f"{prefix}.{code.removesuffix('Exception')}Exception", str(error)) from None
    except BotoCoreError as error:
        raise states._ExecutionError("States.Runtime", str(error)) from None
    return to_states(model.output_shape, answer)


states._invoke_aws_sdk_integration = call_api


def call_function(parameters):
    """Where a function is asked, its answer or its error comes from LAMBDA_ENDPOINT, as JSON."""
    # One that has a time-out is called by a thread of its own.
    state, machine = getattr(now, "state", None), getattr(now, "machine", None)
    note({"state": state, "machine": machine, "call": "lambda:invoke", "parameters": parameters})
    payload = json.dumps(parameters["Payload"]).encode()
    with urllib.request.urlopen(os.environ["LAMBDA_ENDPOINT"], payload) as answer:
        told = json.load(answer)
    if "errorMessage" in told:
        raise states._ExecutionError(told["errorType"], told["errorMessage"])
    return {"StatusCode": 200, "Payload": told}


def failing(invoke):
    def invoked(resource, *more):
        if resource.endswith(":::lambda:invoke"):
            return call_function(more[0])
        if fails(now.state):
            note({"state": now.state, "machine": now.machine, "call": "fails", "parameters": {}})
            raise states._ExecutionError("States.TaskFailed", f"{now.state} fails, as it was told to")
        return invoke(resource, *more)

    return invoked


def with_names(execute):
    def executed(state, given, execution, context):
        before = getattr(now, "state", None), getattr(now, "machine", None)
        now.state, now.machine = context["State"]["Name"], context["StateMachine"]["Name"]
        try:
            return execute(state, given, execution, context)
        finally:
            now.state, now.machine = before

    return executed


def with_heartbeats(invoke):
    """A task whose last sign of life is older than it may be has failed, as in AWS."""

    def invoked(resource, given, token, state):
        if fails(now.state):
            raise states._ExecutionError("States.TaskFailed", f"{now.state} fails, as it was told to")
        seconds = state.get("HeartbeatSeconds")
        over = threading.Event()
        if seconds is not None:
            threading.Thread(target=watch, args=(token, seconds, over), daemon=True).start()
        try:
            return invoke(resource, given, token, state)
        finally:
            over.set()

    return invoked


beats = {}


def watch(token, seconds, over):
    beats[token] = time.monotonic()
    while not over.wait(0.05):
        info = states._task_tokens.get(token)
        if info is not None and time.monotonic() - beats[token] > seconds:
            info["error"] = {"Error": "States.HeartbeatTimeout", "Cause": f"no heartbeat for {seconds} s"}
            info["event"].set()
            return


def beating(send):
    def sent(data):
        beats[data.get("taskToken")] = time.monotonic()
        return send(data)

    return sent


states._execute_task = with_names(states._execute_task)
states._invoke_resource = failing(states._invoke_resource)
states._invoke_with_callback = with_heartbeats(states._invoke_with_callback)
states._send_task_heartbeat = beating(states._send_task_heartbeat)
scheduler._SCHEDULE_TICK_INTERVAL = 0.5
app.main()
