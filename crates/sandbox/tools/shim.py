"""Runs ministack for as long as somebody holds the other end of standard input.

Usage: python shim.py <folder>

It is the leader of its own process group. It takes a free loopback port, writes it to <folder>/port, and serves there. When
standard input ends (its owner stopped it, or died in whatever way) or a signal asks for it, it closes down, ends every process
of its group, and removes <folder>: nothing outlives the owner. Binding before serving leaves no moment in which
somebody else could take the port.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
import threading
import time

FOLDER = sys.argv[1]
# how long a running request, and then the whole closing down, may take
GRACE_SECONDS = 1
PATIENCE_SECONDS = 4


def end_group():
    """Ends the children, then this process; does not return."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    time.sleep(0.05)
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def keep_owner_pipe():
    """Moves standard input out of the children's reach."""
    pipe = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return pipe


def watch_owner(pipe, close_down):
    while os.read(pipe, 1024):
        pass
    close_down()
    time.sleep(PATIENCE_SECONDS)
    end_group()


def bind():
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    return listener


def announce(port):
    draft = os.path.join(FOLDER, "port.draft")
    with open(draft, "w") as file:
        file.write(str(port))
    os.rename(draft, os.path.join(FOLDER, "port"))


def admit_sagemaker(eventbridge):
    """Lets the other stand-in tell events in SageMaker's name; ministack takes those of AWS only from services of its own."""
    put = eventbridge._put_events

    def put_events(data, allow_aws_source=False):
        sources = {entry.get("Source") for entry in data.get("Entries", [])}
        return put(data, allow_aws_source or sources == {"aws.sagemaker"})

    eventbridge._put_events = put_events


def name_versions(s3, eventbridge):
    """Lets S3's events on the bus name the object's version, as AWS's do where a bucket keeps versions; ministack's leave it out there."""
    fire, dispatch = s3._fire_s3_event, eventbridge._dispatch_event
    fired = threading.local()

    def fire_s3_event(*args, version_id=None, **more):
        fired.version = version_id
        fire(*args, version_id=version_id, **more)

    def dispatch_event(event, *args, **more):
        version = getattr(fired, "version", None)
        if version and event.get("Source") == "aws.s3":
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version
            event = event | {"Detail": json.dumps(detail)}
        return dispatch(event, *args, **more)

    s3._fire_s3_event, eventbridge._dispatch_event = fire_s3_event, dispatch_event


async def serve(pipe, listener):
    loop = asyncio.get_running_loop()
    closing = asyncio.Event()

    def close_down():
        loop.call_soon_threadsafe(closing.set)

    threading.Thread(target=watch_owner, args=(pipe, close_down), daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, closing.set)

    # imported late: it reads its port from the environment, and takes long enough to miss the owner's death
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config
    from ministack.app import app
    from ministack.services import eventbridge, s3

    admit_sagemaker(eventbridge)
    name_versions(s3, eventbridge)
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.graceful_timeout = GRACE_SECONDS
    config.keep_alive_timeout = 75
    announce(os.environ["GATEWAY_PORT"])
    await hypercorn_serve(app, config, shutdown_trigger=closing.wait)


def main():
    pipe = keep_owner_pipe()
    listener = bind()
    port = str(listener.getsockname()[1])
    # functions inherit the second; one that is a program of its own is told nothing otherwise, and would ask AWS
    os.environ.update(GATEWAY_PORT=port, AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")
    try:
        asyncio.run(serve(pipe, listener))
    finally:
        end_group()


main()
