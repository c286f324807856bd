#!/usr/bin/env python3
"""Lets schemathesis loose on the API of a running system, with ids that exist.

Starts the built system, connects and imports a simulated vendor through the API, then fuzzes every documented operation.
Usage: fuzz.py SYSTEM SCHEMATHESIS WORK_FOLDER [EXAMPLES]
"""

import json
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

CONNECTOR = "halo-psa"
CHECKS = ",".join(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
    ]
)


def free_port():
    """One that is free, with the next one, which the issuer takes."""
    while True:
        with socket.socket() as probe, socket.socket() as beside:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            try:
                beside.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def start(system, port, folder):
    """Starts the system; gives the process and the seeded vendor's credentials once it serves."""
    log = folder / "system.log"
    command = [system, "--port", str(port), "--scale", "40", "--connectors", CONNECTOR]
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    for _ in range(120):
        text = log.read_text()
        if "\nConsole " in text:
            lines = [line[4:].split(": ", 1) for line in text.splitlines() if line.startswith("#   ")]
            return process, dict(lines)
        if process.poll() is not None:
            break
        time.sleep(0.5)
    process.terminate()
    sys.exit(f"the system did not start:\n{log.read_text()}")


class Api:
    def __init__(self, origin, token):
        self.origin, self.token = origin, token

    def send(self, method, path, body=None, headers=None):
        request = urllib.request.Request(self.origin + path, method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                text = answer.read()
                return json.loads(text) if text else None, answer.headers
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path}: {error.code} {error.read().decode()}")

    def wait(self, path, until):
        for _ in range(120):
            answer, _ = self.send("GET", path)
            if until(answer):
                return answer
            time.sleep(0.5)
        sys.exit(f"{path} did not become what it should: {answer}")


def prepare(api, credentials):
    """Connects, imports and links, so that there is something of everything; gives ids for the fuzzer."""
    path = f"/v1/integrations/{CONNECTOR}"
    api.send("PUT", f"{path}/credentials", {"values": credentials})
    integration, headers = api.send("GET", path)
    options = integration["options"]
    options["company_import"] = "all"
    options["auto_import"] = {**options["auto_import"], "enabled": True, "default_role": "standard"}
    api.send("PUT", f"{path}/options", options, {"If-Match": headers["ETag"]})
    test, _ = api.send("POST", f"{path}/test")
    test = test["test"]["id"]
    api.wait(f"{path}/tests/{test}", lambda answer: answer["state"] == "done")
    api.send("POST", f"{path}/enable")
    api.wait(f"{path}/runs", lambda answer: any(run["state"] == "succeeded" for run in answer["items"]))
    first = lambda path: api.send("GET", path)[0]["items"][0]
    company, vendor_company = first("/v1/companies"), first(f"{path}/companies")
    for _ in range(2):
        api.send("POST", "/v1/companies", {"name": "Twin"})
    return {
        "connector": CONNECTOR,
        "company": company["id"],
        "external_id": vendor_company["external_id"],
        "duplicate": first("/v1/duplicates?kind=companies")["id"],
        "user": first("/v1/users")["id"],
        "ticket": first("/v1/tickets")["id"],
        "technician": first("/v1/technicians")["id"],
        "run": first(f"{path}/runs")["id"],
        "test": test,
        "record_type": "companies",
    }


def main():
    system, schemathesis, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    examples = sys.argv[4] if len(sys.argv) > 4 else "25"
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    process, credentials = start(system, port, folder)
    try:
        token = subprocess.check_output(
            [system, "token", "--port", str(port), "--permissions", "read,write,manage"], text=True
        ).strip()
        ids = prepare(Api(origin, token), credentials)
        config = folder / "schemathesis.toml"
        lines = [f'"path.{name}" = {json.dumps(value)}' for name, value in ids.items()]
        # Ids that do not exist are tried by the phases that break rules on purpose.
        config.write_text("[parameters]\n" + "\n".join(lines) + "\n")
        command = [schemathesis, "--config-file", str(config), "run", f"{origin}/v1/openapi.json"]
        command += ["-H", f"Authorization: Bearer {token}", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing"]
        command += ["-n", examples, "--seed", "1", "--continue-on-failure", "--request-timeout", "40"]
        return subprocess.call(command)
    finally:
        process.terminate()
        process.wait(timeout=30)


if __name__ == "__main__":
    sys.exit(main())
