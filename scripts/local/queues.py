"""The private SNS/SQS server (moto), with the topic and the queues of 07 section 9.1. It keeps everything in memory."""

import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import tools
from checkout import LOCAL, SetupError, remember, remembered, say
from processes import choose_port, is_free, listens, mark, runs, stop as stop_process, wait_until, with_command

USUAL_PORT = 4566
REGION = "eu-west-2"
ACCOUNT = "000000000000"
TOPIC = "domainevents"
TOPIC_ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:{TOPIC}"
AUDIT_QUEUE = "audit"
# Each of these has a dead-letter queue, named the same with -dlq, that takes a message after the third attempt.
EXTERNAL_SYSTEM_QUEUE = "update-from-external-system-events"
CELL_CERTIFICATE_QUEUE = "update-cell-certificate"
_ATTEMPTS = 3
_LOG = LOCAL / "queues.log"
_COMMAND = [str(tools.PYTHON), "-m", "moto.server"]


def url(port):
    return f"http://127.0.0.1:{port}"


def start():
    """Starts the server unless it runs, and makes topic and queues where they are missing. Answers the port."""
    known = remembered("queues")
    if runs(known) and listens(known["pid"], known["port"]):
        port = known["port"]
    else:
        stop()
        port = _launch(known.get("port"))
    _make_topic_and_queues(port)
    return port


def stop():
    servers = [remembered("queues"), *(mark(pid) for pid in with_command(_COMMAND))]
    for server in filter(runs, servers):
        say("stopping the queue server")
        stop_process(server)
    if remembered("queues"):
        remember("queues", {"port": remembered("queues").get("port")})


def _launch(last_port):
    environment = dict(os.environ, MOTO_ACCOUNT_ID=ACCOUNT, PYTHONUNBUFFERED="1")
    for _ in range(3):
        port = choose_port(last_port, USUAL_PORT)
        with open(_LOG, "w") as log:
            server = subprocess.Popen(
                [*_COMMAND, "-H", "127.0.0.1", "-p", str(port)],
                cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )
        remember("queues", {"port": port, **mark(server.pid)})
        wait_until(lambda: server.poll() is not None or listens(server.pid, port), 30)
        if listens(server.pid, port):
            say(f"the queue server listens at port {port}")
            return port
        stop_process(remembered("queues"))
        if is_free(port):  # else somebody took it in between
            break
    raise SetupError(f"the queue server did not start. Its log:\n{_LOG.read_text()[-2000:]}")


def _make_topic_and_queues(port):
    """All calls are safe to repeat."""
    call(port, "sns", "2010-03-31", Action="CreateTopic", Name=TOPIC)
    call(port, "sqs", "2012-11-05", Action="CreateQueue", QueueName=AUDIT_QUEUE)
    for queue in (EXTERNAL_SYSTEM_QUEUE, CELL_CERTIFICATE_QUEUE):
        call(port, "sqs", "2012-11-05", Action="CreateQueue", QueueName=f"{queue}-dlq")
        redrive = {"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}-dlq", "maxReceiveCount": _ATTEMPTS}
        attribute = {"Attribute.1.Name": "RedrivePolicy", "Attribute.1.Value": json.dumps(redrive)}
        call(port, "sqs", "2012-11-05", Action="CreateQueue", QueueName=queue, **attribute)


def call(port, service, version, **parameters):
    """One request of the AWS query protocol; answers the XML. The server reads service and region from the signature and does not
    check it."""
    scope = f"Credential=local/20000101/{REGION}/{service}/aws4_request"
    request = urllib.request.Request(
        url(port) + "/",
        data=urllib.parse.urlencode({**parameters, "Version": version}).encode(),
        headers={"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none"},
    )
    # Not through a proxy of the environment: it would not know our 127.0.0.1.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.read().decode()
    except urllib.error.URLError as error:
        detail = error.read().decode(errors="replace") if isinstance(error, urllib.error.HTTPError) else ""
        raise SetupError(f"the queue server refused {parameters['Action']}: {error} {detail}") from error
