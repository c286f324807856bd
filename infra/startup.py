#!/usr/bin/env python3
"""How fast the functions start: each binary against a stand-in of the Lambda Runtime API, beside an empty function.

    cargo build --release -p local && cargo build --release -p platform --example empty
    cargo build --release -p halo_psa -p ...         the list of the alias `ship`, so that they have the features of what is deployed
    infra/startup.py [--built target/release] [--runs 10]

The system's certificates are taken from its bundle, as on Amazon Linux. Start to the first poll is what Lambda's init phase takes here: configuration, the system's certificates, one HTTP client for
AWS and one for vendors, and one read of the key of webhooks from an emulated Secrets Manager. Beside it stands the processor's
time of it, which another process on the machine disturbs less. The aim: at most 5 times the empty function's start,
better 3; at most 24 MiB; at most 10 MB stripped.
"""
import argparse
import json
import os
import queue
import shutil
import statistics
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from deployment import ROOT, TARGET, Deployment, check, functions
from invoke import exported

# Where Amazon Linux and Debian keep it.
BUNDLES = [Path("/etc/pki/tls/certs/ca-bundle.crt"), Path("/etc/ssl/certs/ca-certificates.crt")]
EVENTS = {"settings_api": "api-integrations", "webhooks": "webhook-halo-psa", "empty": "tick"}
# It seals the tokens that its environments share, and does not start without the key.
SEALS = "connectwise_asio"


class Runtime(ThreadingHTTPServer):
    """Hands out one event and notes when things happen."""

    daemon_threads = True

    def __init__(self, event):
        self.event, self.polled, self.answered, self.go = event, queue.Queue(), queue.Queue(), threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """A function that is ended breaks its connection."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        first = self.server.event
        self.server.event = None
        self.server.polled.put(time.monotonic())
        if first is None:
            # The second poll: nothing more comes.
            time.sleep(60)
            return
        self.server.go.wait()
        self.send_response(200)
        deadline = str(int(time.time() * 1000) + 60_000)
        for name, value in {"request-id": "bench", "deadline-ms": deadline}.items():
            self.send_header(f"lambda-runtime-{'aws-' if name == 'request-id' else ''}{name}", value)
        self.send_header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:bench")
        self.send_header("content-length", str(len(first)))
        self.end_headers()
        self.wfile.write(first)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.answered.put((time.monotonic(), self.path))
        self.send_response(202)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def computed(process):
    """Milliseconds that a process has computed so far, on all its threads."""
    threads = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e6


def once(binary, event, environment):
    """Milliseconds to the first poll, computed of these, from there to the answer; and the peak of memory in MiB."""
    runtime = Runtime(event)
    own = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{runtime.server_port}", "AWS_LAMBDA_FUNCTION_NAME": binary.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512", "LOG_LEVEL": "error",
    }
    begun = time.monotonic()
    process = subprocess.Popen([binary], env={**environment, **own}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        polled, own_time = runtime.polled.get(timeout=20), computed(process)
        handed = time.monotonic()
        runtime.go.set()
        answered, path = runtime.answered.get(timeout=60)
        check(path.endswith("/response"), f"{binary.name} answered at {path}")
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    except queue.Empty:
        process.kill()
        raise SystemExit(f"{binary.name} did not poll or answer: {process.stdout.read().decode()[-1000:]}") from None
    finally:
        process.kill()
        process.wait()
        runtime.shutdown()
        runtime.server_close()
    return (polled - begun) * 1000, own_time, (answered - handed) * 1000, peak / 1024


def measure(binary, event, environment, runs):
    taken = [once(binary, event, environment) for _ in range(runs)]
    return [statistics.median(values) for values in zip(*taken)]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--built", type=Path, default=TARGET / "release")
    arguments.add_argument("--runs", type=int, default=10)
    chosen = arguments.parse_args()
    folder = TARGET / "startup"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    binaries = {name: chosen.built / name for name in functions()}
    binaries = {"empty": chosen.built / "examples/empty", **binaries}
    parts = Deployment(folder)
    try:
        aws = parts.start("aws", [str(chosen.built / "local"), "aws", "--port", "0"], dict(os.environ))
        environment = {**os.environ, **exported(aws, parts, "CONSOLE_ISSUER")}
        environment |= {"SSL_CERT_FILE": str(bundle) for bundle in BUNDLES if bundle.exists()}
        without_key = {name: value for name, value in environment.items() if name not in ("PUBLIC_URL", "WEBHOOK_KEY_SECRET")}
        print(f"{'':20} {'to first poll':>16} {'computed':>16} {'first call':>11} {'peak':>9} {'stripped':>9} {'without the key':>16}")
        empty = None
        for name, binary in binaries.items():
            if not binary.exists():
                print(f"{name:20} not built")
                continue
            stripped = folder / name
            subprocess.run(["strip", "-o", stripped, binary], check=True)
            event = (ROOT / "events" / f"{EVENTS.get(name, 'tick')}.json").read_bytes()
            *starts, call, peak = measure(stripped, event, environment, chosen.runs)
            empty = empty or (starts if name == "empty" else None)
            start, computing = (
                f"{value:.1f} ms" + (f" ({value / than:.1f} x)" if empty else "")
                for value, than in zip(starts, empty or starts)
            )
            # Where the rest goes: the same without reading the key, where a function does without.
            bare = "" if name in {*EVENTS, SEALS} else f"{measure(stripped, event, without_key, chosen.runs)[0]:.1f} ms"
            size = stripped.stat().st_size / 1e6
            print(f"{name:20} {start:>16} {computing:>16} {call:8.1f} ms {peak:5.1f} MiB {size:6.1f} MB {bare:>16}", flush=True)
    finally:
        parts.stop()


if __name__ == "__main__":
    main()
