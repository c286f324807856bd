#!/usr/bin/env python3
"""Deploys infra/template.yaml as it stands to an emulator of AWS, and tries what a customer would see.

    infra/deployment.py                 builds for this machine (development profile), deploys, tries, takes down
    infra/deployment.py --built FOLDER  takes the binaries that are in FOLDER already
    infra/deployment.py --keep          leaves everything running, to look at it

Everything listens on loopback. The emulator is `ministack`, deployed to by the real `sam deploy`; both come from PyPI into
target/tools. The vendors are the simulators, the issuer is infra/local's. What the emulator lacks is compared with the
template and said by name, so that a pass never claims more than was seen.
"""
import argparse
import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
TOOLS = {
    "sam": ["aws-sam-cli==1.170.0", "boto3"],
    # It pins its own botocore. `cryptography` checks the tokens' signatures.
    "ministack": ["ministack==1.5.33", "aws-sam-translator==1.115.0", "cryptography"],
}
STACK, REGION, TENANT, HALO = "portal-dev", "us-east-1", "demo", "/v1/integrations/halo-psa"
POISONED = "poisoned"


def tool(name):
    """The folder of a tool's programs; made at the first need."""
    home = TARGET / "tools" / name
    if not (home / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        quiet = ["--quiet", "--disable-pip-version-check"]
        subprocess.run([home / "bin" / "pip", "install", *quiet, *TOOLS[name]], check=True)
        (home / "ready").touch()
    return home / "bin"


def say(text):
    print(f"   {text}", flush=True)


def step(text):
    print(f"-- {text}", flush=True)


def check(holds, otherwise):
    if not holds:
        raise SystemExit(f"   FAILED: {otherwise}")


def wait_for(what, attempt, seconds, otherwise=lambda: ""):
    """Asks again until there is an answer; the rule fires once a minute."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if answer := attempt():
            say(f"{what}: after {time.monotonic() - begun:.0f} s")
            return answer
        time.sleep(1)
    raise SystemExit(f"   FAILED: {what}: not within {seconds} s {otherwise()}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Http:
    """Requests with JSON, to one origin, past any proxy."""

    def __init__(self, origin, token=None):
        self.origin, self.token = origin, token
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def send(self, method, path, body=None, headers=None):
        request = urllib.request.Request(self.origin + path, method=method)
        data = None
        if body is not None:
            data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            request.add_header("content-type", "application/json")
        if self.token:
            request.add_header("authorization", f"Bearer {self.token}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            answer = self.opener.open(request, data, timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        text = answer.read().decode()
        is_json = "json" in (answer.headers.get("content-type") or "")
        return answer.status, dict(answer.headers), json.loads(text) if is_json and text else text

    def expect(self, method, path, status=200, body=None, headers=None):
        found, headers, answer = self.send(method, path, body, headers)
        check(found == status, f"{method} {path} answered {found} in place of {status}: {answer}")
        return answer, {name.lower(): value for name, value in headers.items()}


class Deployment:
    def __init__(self, folder):
        self.folder, self.running = folder, []
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "SAM_CLI_TELEMETRY": "0"}
        where = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": self.endpoint}
        self.environment = {**os.environ, **keys, **where, "NO_PROXY": "127.0.0.1,localhost"}
        self.log = folder / "logs"
        self.log.mkdir(parents=True)

    def start(self, name, command, environment=None):
        log = open(self.log / name, "w+b")
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env=environment or self.environment, start_new_session=True
        )
        self.running.append(process)
        return self.log / name, process

    def stop(self):
        for process in reversed(self.running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
                continue
            os.killpg(process.pid, signal.SIGKILL)

    def printed(self, started, text):
        """Waits for a line that begins like this in what a process prints."""
        log, process = started

        def attempt():
            check(process.poll() is None, f"{log.name} ended:\n{log.read_text()[-2000:]}")
            return next((line for line in log.read_text().splitlines() if line.startswith(text)), None)

        return wait_for(f"{log.name} is up", attempt, 60)

    def emulator(self):
        environment = {
            **self.environment, "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.port),
            "TMPDIR": str(self.folder),
        }
        self.start("ministack", [tool("ministack") / "ministack"], environment)

        def attempt():
            with contextlib.suppress(OSError):
                return Http(self.endpoint).send("GET", "/_ministack/health")[0] == 200

        wait_for("ministack is up", attempt, 60)

    def sam(self, command, *arguments):
        done = subprocess.run(
            [tool("sam") / "sam", command, "--region", REGION, *arguments],
            cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        (self.log / "sam").open("a").write(done.stdout)
        check(done.returncode == 0, f"sam {command} ended with {done.returncode}:\n{done.stdout[-3000:]}")
        return done.stdout

    def deploy(self, parameters):
        text = " ".join(f'{name}="{value}"' for name, value in parameters.items())
        return self.sam(
            "deploy", "--config-env", "dev", "--no-confirm-changeset", "--no-progressbar", "--parameter-overrides", text
        )

    def client(self, service):
        import boto3

        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, **keys)

    def resources(self):
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
        found = [item for page in pages for item in page["StackResourceSummaries"]]
        return {item["LogicalResourceId"]: (item["PhysicalResourceId"], str(item["LastUpdatedTimestamp"])) for item in found}


def functions():
    """Folders of the functions, from the template: name in CloudFormation's terms to folder."""
    lines = (ROOT / "infra/template.yaml").read_text().splitlines()
    folders = [line.split("lambda/")[1].strip("/ ") for line in lines if "CodeUri:" in line]
    check(len(folders) == len(set(folders)), "a folder stands twice in the template")
    return folders


def stage(folder, built, profile):
    """The template as it is, and beside it the binaries where it looks for them."""
    names = functions()
    if built is None:
        packages = [part for name in [*names, "local"] for part in ("-p", name)]
        subprocess.run(["cargo", "build", "--quiet", "--profile", profile, *packages], cwd=ROOT, check=True)
        built = TARGET / ("debug" if profile == "dev" else profile)
    shutil.copytree(ROOT / "infra", folder / "infra", ignore=shutil.ignore_patterns("local", "__pycache__"))
    shutil.copy(ROOT / "samconfig.toml", folder)
    for name in names:
        place = folder / "target/lambda" / name
        place.mkdir(parents=True)
        subprocess.run(["strip", "-o", place / "bootstrap", built / name], check=True)
    return built


def connect(api, credentials):
    """Credentials, options, test, switch on: as the console does."""
    api.expect("PUT", f"{HALO}/credentials", body={"values": credentials})
    integration, headers = api.expect("GET", HALO)
    options = {**integration["options"], "company_import": "all"}
    options["auto_import"] = {**options["auto_import"], "enabled": True, "default_role": "standard"}
    api.expect("PUT", f"{HALO}/options", body=options, headers={"if-match": headers["etag"]})
    started, _ = api.expect("POST", f"{HALO}/test", 202)
    path = f"{HALO}/tests/{started['test']['id']}"

    def ended():
        answer = api.expect("GET", path)[0]
        state = answer.get("test", answer)
        return state if state["state"] == "done" else None

    result = wait_for("the connection test", ended, 60)
    check(result["authenticated"] == "yes", f"the connection test: {result}")
    api.expect("POST", f"{HALO}/enable")


def everything(api, path, **filters):
    """All items of a paged list."""
    items, cursor = [], None
    while True:
        query = urllib.parse.urlencode({**filters, "limit": 25, **({"cursor": cursor} if cursor else {})})
        page, _ = api.expect("GET", f"{path}?{query}")
        items += page["items"]
        cursor = page.get("next_cursor")
        if not cursor:
            return items


def rule(deployment, api):
    """Due again and nobody told: only the rule of the connector finds it."""
    table = deployment.client("dynamodb")
    before = api.expect("GET", HALO)[0]["last_success_at"]
    key = {"pk": {"S": f"T#{TENANT}#CONN#halo-psa"}, "sk": {"S": "STATE"}}
    table.update_item(
        TableName=deployment.resources()["Table"][0], Key=key, UpdateExpression="SET due_at = :now",
        ExpressionAttributeValues={":now": {"N": str(int(time.time()))}},
    )
    wait_for("the rule fired", lambda: api.expect("GET", HALO)[0]["last_success_at"] > before, 150)


def credentials_of(text, vendor):
    """What the simulators print to be entered."""
    lines, values, mine = text.splitlines(), {}, False
    for line in lines:
        if line.startswith("# "):
            mine = mine and line.startswith("#   ") or line.startswith(f"# {vendor} at ")
        if mine and line.startswith("#   "):
            name, value = line[4:].split(": ", 1)
            values[name] = value
    return values


def poison(deployment, api):
    """Work that fails because of our side ends among the dead letters, and nowhere else."""
    table = deployment.client("dynamodb")
    sqs = deployment.client("sqs")
    name = deployment.resources()["Table"][0]
    key = {"pk": {"S": f"T#{POISONED}#CONN#halo-psa"}, "sk": {"S": "STATE"}}
    state = {**key, "active": {"N": "1"}, "claim": {"N": "1"}, "body": {"S": "{ no state"}}
    table.put_item(TableName=name, Item=state)
    queue = sqs.get_queue_url(QueueName=f"{STACK}-halo-psa")["QueueUrl"]
    dead = sqs.get_queue_url(QueueName=f"{STACK}-halo-psa-dead")["QueueUrl"]
    # Five times two minutes would be long to watch.
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    message = {"tenant": POISONED, "connector": "halo-psa", "connection": "halo-psa", "claim": 1, "trigger": "schedule"}
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(message), MessageGroupId=POISONED)

    def arrived():
        # A lease that was taken is in the way of the next attempt until it ends.
        table.put_item(TableName=name, Item=state)
        found = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=1).get("Messages", [])
        return next((json.loads(letter["Body"]) for letter in found), None)

    letter = wait_for("the poisoned message is a dead letter", arrived, 120)
    check(letter == message, f"the dead letter is another: {letter}")
    table.delete_item(TableName=name, Key=key)
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "120"})
    status = api.expect("GET", HALO)[0]["status"]
    check(status == "connected", f"the other tenant's connection is {status}")


def lacks(deployment):
    """What the template asks for and the emulator does not have, by name."""
    table = deployment.resources()["Table"][0]
    dynamodb, awslambda = deployment.client("dynamodb"), deployment.client("lambda")
    syncro, missing = f"{STACK}-syncro", []

    def has(what, look):
        try:
            found = look()
        except Exception as refused:  # noqa: BLE001: whatever it answers, it has it not
            found, what = None, f"{what} ({type(refused).__name__})"
        if not found:
            missing.append(what)

    backups = lambda: dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    has("expiry of items", lambda: dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"].get("AttributeName"))
    has("recovery to a point in time",
        lambda: backups()["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED")
    has("encryption of the table", lambda: dynamodb.describe_table(TableName=table)["Table"].get("SSEDescription"))
    has("reserved concurrency",
        lambda: awslambda.get_function_concurrency(FunctionName=syncro).get("ReservedConcurrentExecutions"))
    has("limits of asynchronous invocations",
        lambda: awslambda.get_function_event_invoke_config(FunctionName=syncro).get("MaximumEventAgeInSeconds"))
    return [*missing, "roles (their rights are recorded, not enforced; tests/integration/layout/rights.rs compares them)"]


def logs(deployment, secrets):
    """Every line is JSON and tells no secret; the metrics are there."""
    client, metrics, lines = deployment.client("logs"), set(), 0
    for name in [name.replace("_", "-") for name in functions()]:
        group = f"/aws/lambda/{STACK}-{name}"
        for stream in client.describe_log_streams(logGroupName=group).get("logStreams", []):
            events = client.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
            for message in (event["message"] for event in events):
                for secret in secrets:
                    check(secret not in message, f"{group} tells a secret")
                for line in message.splitlines():
                    if line.startswith("{"):
                        lines += 1
                        entry = json.loads(line)
                        metrics |= {m["Name"] for d in entry.get("_aws", {}).get("CloudWatchMetrics", []) for m in d["Metrics"]}
    if not lines:
        return False
    say(f"{lines} log lines without a secret; metrics: {', '.join(sorted(metrics))}")
    check({"runs", "vendor_calls", "webhooks"} <= metrics, "metrics are missing")
    return True


def webhook(deployment, api, simulator, secrets):
    """A push, proven with the connection's own secret, brings a change that no list would show."""
    made, _ = api.expect("POST", f"{HALO}/webhook/rotate", body={})
    secrets.append(made["secret"])
    before = everything(api, "/v1/tickets", connector="halo-psa")[0]
    ticket = before["id"].split(".", 1)[1]
    title = "Changed where no list shows it"
    simulator.expect("PATCH", f"/__sim/records/tickets/{ticket}?silent=true", 200, {"summary": title})
    event = json.loads((ROOT / "events/webhook-halo-psa.json").read_text())
    push = {**json.loads(event["body"]), "id": "a-push-of-the-deployment-test", "object_id": int(ticket)}
    path = made["url"].split("/", 3)[3]
    basic = base64.b64encode(f"{made.get('user', 'portal')}:{made['secret']}".encode()).decode()
    receiver = Http(api.origin)
    receiver.expect("POST", f"/{path}", 401, push)
    receiver.expect("POST", f"/{path}", 200, push, {"authorization": f"Basic {basic}"})

    def arrived():
        return api.expect("GET", f"/v1/tickets/{before['id']}")[0]["title"] == title

    wait_for("the push reached its ticket", arrived, 120)


def trial(deployment, built):
    step("emulator, simulators, issuer")
    deployment.emulator()
    local = str(built / "local")
    port = str(free_port())
    simulators = deployment.start("simulators", [local, "simulators", "--port", "0", "--connectors", "halo-psa", "--scale", "40"])
    # The issuer takes the port after the one that it is given.
    issuer = f"http://127.0.0.1:{int(port) + 1}"
    issuing = deployment.start("issuer", [local, "issuer", "--port", port])
    deployment.printed(issuing, "Issuer")
    origins = deployment.printed(simulators, "export VENDOR_ORIGINS=").split("'")[1]
    deployment.printed(simulators, "#   ")
    printed = simulators[0].read_text()
    simulator = Http(printed.split("# halo-psa at ")[1].split()[0])
    credentials = credentials_of(printed, "halo-psa")

    step("sam deploy")
    parameters = {
        "Environment": "dev", "Architecture": "x86_64" if os.uname().machine == "x86_64" else "arm64", "Issuer": issuer,
        "Audience": "portal-integrations", "ConsoleClientId": "console", "VendorOrigins": origins,
        "VendorLimitsLifted": "true", "LogRetentionDays": "1",
    }
    deployment.deploy(parameters)
    first = deployment.resources()
    say(f"{len(first)} resources")
    seed = [local, "seed", "--endpoint", deployment.endpoint, "--table", first["Table"][0]]
    subprocess.run(seed, check=True, stdout=subprocess.DEVNULL)
    token = subprocess.run([local, "token", "--port", port, "--permissions", "read,write,manage"], check=True,
                           stdout=subprocess.PIPE, text=True).stdout.strip()
    gateway = f"{deployment.endpoint}/_aws/execute-api/{first['HttpApi'][0]}/$default"

    step("through the HTTP API")
    api, nobody = Http(gateway, token), Http(gateway)
    nobody.expect("GET", "/health")
    nobody.expect("GET", "/v1/openapi.json")
    nobody.expect("GET", "/v1/integrations", 401)
    nobody.expect("GET", "/")
    found, _ = api.expect("GET", "/v1/integrations")
    say(f"{len(found['items'])} connectors offered; without a token 401")
    connect(api, credentials)

    step("the first import, and the rule")

    def imported():
        state, _ = api.expect("GET", HALO)
        read = all("last_success_at" in record_type for record_type in state["record_types"])
        return state if read and state["status"] == "connected" else None

    state = wait_for("everything was read once", imported, 240, lambda: api.expect("GET", HALO)[0])
    mirrored = {record_type["id"]: record_type["counts"]["mirrored"] for record_type in state["record_types"]}
    companies, users = everything(api, "/v1/companies"), everything(api, "/v1/users")
    say(f"mirrored: {mirrored}; in the portal {len(companies)} companies and {len(users)} people")
    check(len(companies) == mirrored["companies"] > 0, "companies are missing")
    check(0 < len(users) <= mirrored["contacts"] + mirrored["users"], "people are missing")
    rule(deployment, api)
    return api, simulator, credentials, parameters, first


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--profile", default="dev", help="dev or release")
    arguments.add_argument("--built", type=Path, help="a folder with the binaries")
    arguments.add_argument("--keep", action="store_true", help="leave it running until Ctrl-C")
    chosen = arguments.parse_args()
    python = tool("sam") / "python"
    if Path(sys.executable).parent != python.parent:
        os.execv(python, [python, __file__, *sys.argv[1:]])
    folder = TARGET / "deployment"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    step("binaries")
    built = stage(folder, chosen.built, chosen.profile)
    deployment = Deployment(folder)
    begun = time.monotonic()
    step("sam validate --lint")
    deployment.sam("validate", "--lint", "--template", str(ROOT / "infra/template.yaml"))
    try:
        api, simulator, credentials, parameters, first = trial(deployment, built)
        secrets = [credentials["client_secret"]]
        step("a vendor's push")
        webhook(deployment, api, simulator, secrets)
        step("a poisoned message")
        poison(deployment, api)
        step("a second deployment")
        said = deployment.deploy(parameters)
        check("No changes to deploy" in said, f"sam deploy had something to do:\n{said[-2000:]}")
        check(deployment.resources() == first, "resources were touched")
        say("nothing changed")
        step("logs")
        missing = lacks(deployment)
        if not logs(deployment, secrets):
            missing.append("logs of functions")
        print("-- passed, as far as the emulator goes. It lacks:")
        for name in missing:
            say(name)
        say(f"{time.monotonic() - begun:.0f} s")
        if chosen.keep:
            print(f"-- {deployment.endpoint}; Ctrl-C ends", flush=True)
            signal.pause()
    finally:
        deployment.stop()


if __name__ == "__main__":
    main()
