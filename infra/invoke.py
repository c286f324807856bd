#!/usr/bin/env python3
"""Sends the samples in events/ through `cargo lambda` to the functions as they are built, against `cargo run -- aws` and
`cargo run -- simulators`, and checks each answer.

    infra/invoke.py                            every function that is built, every sample
    infra/invoke.py halo_psa events/tick.json  one, its answer printed

By hand it is the same in four terminals; the first two print what the third has to export:

    cargo run -- aws          cargo run -- simulators
    cargo lambda watch        cargo lambda invoke halo_psa --data-file events/tick.json
"""
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import deployment
from deployment import ROOT, TARGET, Deployment, check, free_port, functions, say, step, tool, wait_for

deployment.TOOLS["cargo-lambda"] = ["cargo-lambda==1.9.2"]

# Function, sample, and what its answer has to hold. The samples' connections do not exist here, and their webhooks' tokens
# belong to nobody.
SAMPLES = [
    ("halo_psa", "tick", {"queued": 0}),
    ("halo_psa", "work", {"batchItemFailures": []}),
    ("halo_psa", "command-test", {"reply": "tested"}),
    ("halo_psa", "command-choices", {"reply": "failed"}),
    ("halo_psa", "command-authenticate", {"reply": "failed"}),
    ("stripe", "command-issue-link", {"reply": "failed"}),
    ("microsoft_365", "command-company-access", {"reply": "failed"}),
    ("settings_api", "api-integrations", {"statusCode": 200}),
]
ANSWER_TO_ANOTHERS_PUSH = {"statusCode": 404}


def samples(built):
    """All samples of functions that are there: those above, and every vendor's push."""
    pushes = sorted((ROOT / "events").glob("webhook-*.json"))
    every = [*SAMPLES, *(("webhooks", push.stem, ANSWER_TO_ANOTHERS_PUSH) for push in pushes)]
    return [sample for sample in every if (built / sample[0]).exists()]


def exported(started, deployment_, last):
    """The environment that a part prints."""
    deployment_.printed(started, f"export {last}")
    assignments = {}
    for line in started[0].read_text().splitlines():
        if line.startswith("export "):
            assignments.update(word.split("=", 1) for word in shlex.split(line)[1:])
    return assignments


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def cargo_lambda():
    """The one that is installed, else PyPI's; it says which."""
    if found := shutil.which("cargo-lambda"):
        return found, f"{found}, as installed"
    return str(tool("cargo-lambda") / "cargo-lambda"), f"{deployment.TOOLS['cargo-lambda'][0]} from PyPI"


def main():
    program, origin = cargo_lambda()
    step(f"cargo-lambda: {origin}")
    built = Path(os.environ.get("BUILT", TARGET / "debug"))
    wanted = samples(built)
    if len(sys.argv) == 3:
        name = Path(sys.argv[2]).stem
        wanted = [next((s for s in wanted if s[:2] == (sys.argv[1], name)), (sys.argv[1], name, {}))]
    check(wanted, f"no function is built in {built}; try cargo build -p halo_psa -p webhooks -p settings_api -p local")
    folder = TARGET / "invocations"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    parts = Deployment(folder)
    try:
        local = str(built / "local")
        aws = parts.start("aws", [local, "aws", "--port", "0"], dict(os.environ))
        simulators = parts.start("simulators", [local, "simulators", "--port", "0"], dict(os.environ))
        environment = {**os.environ, **exported(aws, parts, "CONSOLE_ISSUER"), **exported(simulators, parts, "DEPLOYMENT")}
        port = str(free_port())
        address = ["--invoke-address", "127.0.0.1", "--invoke-port", port]
        watch = [program, "lambda", "watch", "--only-lambda-apis", *address]
        parts.start("watch", watch, environment)
        wait_for("cargo lambda watch is up", lambda: listens(int(port)), 60)
        for name in sorted({name for name, _, _ in wanted}):
            check((built / name).exists(), f"{built / name} is not built")
            own = {"AWS_LAMBDA_RUNTIME_API": f"http://127.0.0.1:{port}/.rt/{name}", "AWS_LAMBDA_FUNCTION_NAME": name,
                   "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512"}
            until_up = ["sh", "-c", 'until "$0"; do sleep 0.2; done', str(built / name)]
            parts.start(name, until_up, {**environment, **own})
        step("samples")
        for name, sample, expected in wanted:
            file = ROOT / "events" / f"{sample}.json"
            command = [program, "lambda", "invoke", *address, "--retry-attempts", "20", name, "--data-file", str(file)]
            done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, timeout=120)
            lines = done.stdout.strip().splitlines()
            answer = json.loads(lines[-1]) if done.returncode == 0 and lines else None
            check(answer is not None, f"{name} {sample}: {done.stdout}")
            check(expected.items() <= answer.items(), f"{name} {sample} answered {answer} in place of {expected}")
            say(f"{name} {sample}: {json.dumps(answer)[:100] if expected else json.dumps(answer, indent=2)}")
        # What stands in events/ without a connector yet is parsed by the tests.
        say(f"{len(wanted)} samples; functions: {', '.join(f for f in functions() if (built / f).exists())}")
    finally:
        parts.stop()


if __name__ == "__main__":
    main()
