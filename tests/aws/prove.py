"""The deployment proof. Each check says what it has seen; the first that fails ends the run with 1."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3

from adapt import SCAN_SOURCE, adapt
from desk import PASSWORD, Desk, SignIn
from emulator import REGION, Emulator

ROOT = Path(__file__).parents[2]
APP_URL = "http://127.0.0.1:1"
OPERATORS = [f"op-{number}@casement.test" for number in range(32)]
SENDER = "casement@example.org"


def say(text):
    print(f"==> {text}", flush=True)


def fail(text, found=""):
    raise SystemExit(f"FAILED: {text}\n{found}")


def must(holds, text, found=""):
    if not holds:
        fail(text, found)
    say(text)


class Aws:
    """The emulator, as the account's root."""

    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}

    def __init__(self, url):
        self.url = url
        self.session = boto3.Session("test", "test", region_name=REGION)
        self.environment = {**os.environ, **self.keys, "AWS_ENDPOINT_URL": url, "SAM_CLI_TELEMETRY": "0"}

    def client(self, service):
        return self.session.client(service, endpoint_url=self.url)

    def run(self, *command):
        """What a command says, run as the engineer who deploys would."""
        done = subprocess.run(
            [*map(str, command)],
            env=self.environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            fail(f"{command[0]} {command[1]}", done.stdout[-6000:])
        return done.stdout


def package(aws, home):
    """The template as `sam` packages it, and the code that it names, in the bucket `code`."""
    aws.run("sam", "package", "--template-file", "infra/template.yaml", "--s3-bucket", "code", "--region", REGION,
            "--output-template-file", home / "packaged.yaml", "--no-progressbar")  # fmt: skip


class Stack:
    """One deployment."""

    def __init__(self, aws, name, home, **parameters):
        self.aws, self.name, self.host = aws, name, None
        self.template = home / f"{name}.json"
        parameters = {
            "Architecture": "x86_64",
            "AppUrl": APP_URL,
            "MailFrom": SENDER,
            "MailIdentity": SENDER,
            "Operators": ",".join(OPERATORS),
            **parameters,
        }
        # `sam deploy` takes no empty value, and the default of those is empty.
        self.parameters = {name: value for name, value in parameters.items() if value != ""}
        packaged = home / "packaged.yaml"
        self.template.write_text(adapt(packaged.read_text(), self.parameters))

    def deploy(self):
        """What `sam deploy` says."""
        said = self.aws.run(
            *("sam", "deploy", "--template-file", self.template, "--stack-name", self.name, "--s3-bucket", "code"),
            *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "--no-confirm-changeset"),
            *("--no-fail-on-empty-changeset", "--no-progressbar", "--region", REGION),
            *("--parameter-overrides", *(f"{key}={value}" for key, value in self.parameters.items())),
        )
        stack = self.aws.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        api = self.outputs["ApiUrl"].removeprefix("https://")
        if api == self.parameters.get("ApiDomain"):
            # Reached by its name, as a record in DNS would lead there.
            self.url, self.host = self.aws.url, api
        else:
            self.url = f"{self.aws.url}/_aws/execute-api/{api.split('.')[0]}/$default"
        if "UserPool" in self.outputs:
            pool, client, pages = (self.outputs[name] for name in ("UserPool", "Client", "PagesUrl"))
            self.sign_in = SignIn(self.aws, self.aws.url, pool, client, f"{pages}/cases")
        return said

    def ask(self, method, path, token=None, body=None):
        """Status and body of one request."""
        request = urllib.request.Request(self.url + path, method=method)
        if self.host:
            request.add_header("host", self.host)
        if token is not None:
            request.add_header("authorization", f"Bearer {token}")
        if body is not None:
            request.add_header("content-type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read() or b"null")

    def content(self):
        """Every key in its table, every key in its bucket, every user of its pool."""
        dynamodb, cognito = (self.aws.client(name) for name in ("dynamodb", "cognito-idp"))
        rows = dynamodb.get_paginator("scan").paginate(
            TableName=self.outputs["TableName"], ProjectionExpression="PK, SK"
        )
        users = cognito.get_paginator("list_users").paginate(UserPoolId=self.outputs["UserPool"])
        return {
            "rows": sorted(f"{row['PK']['S']} {row['SK']['S']}" for page in rows for row in page["Items"]),
            "files": self.files(),
            "users": sorted(user["Username"] for page in users for user in page["Users"]),
        }

    def files(self):
        """Every key in its bucket."""
        files = self.aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.outputs["FilesBucket"])
        return sorted(file["Key"] for page in files for file in page.get("Contents", []))

    def resources(self):
        """What CloudFormation has made, and when it was last touched."""
        pages = self.aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.name)
        return sorted(
            (one["LogicalResourceId"], one.get("PhysicalResourceId"), str(one["LastUpdatedTimestamp"]))
            for page in pages
            for one in page["StackResourceSummaries"]
        )


def another_client(stack, **changes):
    """A second client of the pool, like the pages' but for these changes."""
    cognito = stack.aws.client("cognito-idp")
    of_pool = {"UserPoolId": stack.outputs["UserPool"]}
    pages = cognito.describe_user_pool_client(**of_pool, ClientId=stack.outputs["Client"])["UserPoolClient"]
    kept = ("AllowedOAuthFlows", "AllowedOAuthFlowsUserPoolClient", "AllowedOAuthScopes", "CallbackURLs",
            "ExplicitAuthFlows", "SupportedIdentityProviders")  # fmt: skip
    wanted = {**of_pool, "ClientName": "another", **{name: pages[name] for name in kept}, **changes}
    client = cognito.create_user_pool_client(**wanted)["UserPoolClient"]["ClientId"]
    return SignIn(stack.aws, stack.aws.url, stack.outputs["UserPool"], client, stack.sign_in.redirect)


def soon_over(stack):
    """A token of the pages' client that ends soon."""
    cognito = stack.aws.client("cognito-idp")
    of_client = {"UserPoolId": stack.outputs["UserPool"], "ClientId": stack.outputs["Client"]}
    described = cognito.describe_user_pool_client(**of_client)["UserPoolClient"]
    told_only = ("CreationDate", "LastModifiedDate", "ClientSecret")
    before = {name: value for name, value in described.items() if value != "" and name not in told_only}
    units = {**before["TokenValidityUnits"], "AccessToken": "seconds"}
    cognito.update_user_pool_client(**{**before, "AccessTokenValidity": 20, "TokenValidityUnits": units})
    try:
        return stack.sign_in.token("over@casement.test")
    finally:
        cognito.update_user_pool_client(**before)


def refusals(stack):
    """What the authorizer lets nobody through with."""
    me = lambda token: stack.ask("GET", "/v1/me", token)
    ending = soon_over(stack)
    must(me(ending)[0] == 200, "a token that ends in 20 seconds is taken before")
    since = time.monotonic()

    good = stack.sign_in.token("gus@casement.test")
    status, said = me(good)
    must(status == 200 and said["email"] == "gus@casement.test", "a token of the pool is taken, and says the address", said)
    head, claims, signature = good.split(".")
    eve = stack.sign_in.token("eve@casement.test").split(".")
    flipped = signature[:-10] + ("A" if signature[-10] != "A" else "B") + signature[-9:]
    for name, token in {
        "no token": None,
        "an empty token": "",
        "a changed signature": f"{head}.{claims}.{flipped}",
        "somebody else's claims": f"{head}.{eve[1]}.{signature}",
        "no signature": f"eyJhbGciOiJub25lIn0.{claims}.",
    }.items():
        status, said = me(token)
        must(status == 401 and "message" in said, f"{name}: 401", said)

    foreign = another_client(stack).token("gus2@casement.test")
    must(me(foreign)[0] == 401, "a token for another audience: 401")
    tokens = stack.sign_in.tokens("gus@casement.test")
    must(me(tokens["id_token"])[0] == 403, "an ID token: 403")
    tokens = stack.sign_in.tokens("gus@casement.test", "openid email")
    must(me(tokens["access_token"])[0] == 403, "a token without the scope: 403")
    status, said = stack.ask("POST", "/v1/invitations/preview", None, {"token": "x"})
    must(status in (400, 404) and "code" in said, "the preview needs no token, and is answered by its function", said)
    must(stack.ask("GET", "/v1/no-such-route", good)[0] == 404, "a route that is not there: 404")

    time.sleep(max(0, 21 - (time.monotonic() - since)))
    must(me(ending)[0] == 401, "the token that has ended: 401")


def sign_ups(stack):
    """Who may sign up where only those invited may."""
    cognito = stack.aws.client("cognito-idp")
    def sign_up(email):
        try:
            cognito.sign_up(
                ClientId=stack.outputs["Client"],
                Username=email,
                Password=PASSWORD,
                UserAttributes=[{"Name": "email", "Value": email}],
            )
            return True
        except cognito.exceptions.UserLambdaValidationException:
            return False
    must(not sign_up("stranger@casement.test"), "a stranger may not sign up")
    operator = stack.sign_in.token(OPERATORS[0])
    body = {"id": "acme", "name": "Acme", "admin": "admin@acme.example"}
    status, said = stack.ask("POST", "/v1/orgs", operator, body)
    must(status == 201, "an operator makes an org", said)
    must(sign_up("admin@acme.example"), "whom they have invited may sign up")


CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def published(stack):
    """The pages, as `infra/publish` puts them where CloudFront reads them."""
    stack.aws.run("infra/publish", stack.name)
    s3, bucket = stack.aws.client("s3"), stack.outputs["PagesBucket"]
    there = lambda name: s3.get_object(Bucket=bucket, Key=f"pages/{name}")
    pages = [page for page in (ROOT / "infra" / "pages").iterdir() if page.suffix != ".md"]
    as_it_is = lambda page, found: (
        found["ContentType"] == CONTENT_TYPES[page.suffix] and found["Body"].read() == page.read_bytes()
    )
    wrong = [page.name for page in pages if not as_it_is(page, there(page.name))]
    must(pages and not wrong, f"{len(pages)} files of the pages are published", wrong)
    config, outputs = json.load(there("config.json")["Body"]), stack.outputs
    must(config == {
        "api": outputs["ApiUrl"],
        "issuer": outputs["IssuerUrl"],
        "client_id": outputs["Client"],
        "authorize_endpoint": f"{outputs['SignInUrl']}/oauth2/authorize",
        "token_endpoint": f"{outputs['SignInUrl']}/oauth2/token",
        "scope": "openid email profile casement/api",
        "case_url": None,
        "dev": False,
    }, "config.json says what the pages must know", config)  # fmt: skip


def every_option(aws, first, home):
    """A deployment with a key, a name and an issuer of one's own, and with a malware scan."""
    name, case_url = "api.casement.test", "https://desk.casement.test/cases/"
    key = aws.client("kms").create_key(Description="of the customer's own")["KeyMetadata"]["Arn"]
    certificate = aws.client("acm").request_certificate(DomainName=name)["CertificateArn"]
    client = first.outputs["Client"]
    stack = Stack(
        *(aws, "casement-three", home),
        **{"Issuer": first.outputs["IssuerUrl"], "IssuerTokenOrigin": "https://login.casement.test"},
        **{"Audience": client, "PagesClient": client},
        **{"ApiDomain": name, "ApiCertificate": certificate, "CaseUrl": case_url},
        **{"DataKey": key, "MalwareScan": "on", "MailConcurrency": 0},
        **{"AlarmMail": "alarms@casement.test", "CorsOrigins": "https://desk.casement.test"},
    )
    stack.deploy()
    outputs = stack.outputs
    must("UserPool" not in outputs and outputs["ApiUrl"] == f"https://{name}", "a third one, with every option", outputs)
    made = {logical for logical, *_ in stack.resources()}
    wanted = {"DataKeyForTable", "DataKeyForFiles", "DataKeyForQueues", "AlarmsByMail", "ApiName", "OnUploadOfScan"}
    must(wanted <= made and not made & {"Pool", "PoolPages", "Distribution"}, "it has what they ask for, and no more", made)

    zoe = first.sign_in.token("zoe@casement.test")
    must(stack.ask("GET", "/v1/me", "a.b.c")[0] == 401, "no token of the other issuer: 401")
    body = {"id": "beta", "name": "Beta", "admin": "zoe@casement.test"}
    answered(stack, 201, "POST", "/v1/orgs", first.sign_in.token(OPERATORS[0]), body)
    (invitation,) = answered(stack, 200, "GET", "/v1/invitations", zoe)["items"]
    answered(stack, 200, "POST", f"/v1/invitations/{invitation['id']}/accept", zoe, {})
    case = answered(stack, 201, "POST", "/v1/cases", zoe, {"title": "Phishing wave", "org": "beta"})
    say("tokens of another issuer count, on the API's own name")
    for file, found, state in [("clean.txt", None, "ready"), ("infected.txt", "Worm.X", "rejected")]:
        scanned(stack, zoe, f"/v1/cases/{case['id']}/attachments", file, found, state)


def answered(stack, status, method, path, token, body=None):
    """The body of an answer that must have this status."""
    found, said = stack.ask(method, path, token, body)
    if found != status:
        fail(f"{method} {path}: {found} and not {status}", said)
    return said


def scanned(stack, token, attachments, name, threat, state):
    """An upload that waits for what GuardDuty finds."""
    content, before = name.encode(), stack.files()
    ticket = answered(stack, 201, "POST", attachments, token, {"name": name, "size": len(content)})
    upload, attachment = ticket["upload"], f"{attachments}/{ticket['attachment']['id']}"
    request = urllib.request.Request(upload["url"], content, upload["headers"], method=upload["method"])
    urllib.request.urlopen(request, timeout=60).close()

    def becomes(*wanted):
        until = time.monotonic() + 60
        while (said := answered(stack, 200, "GET", attachment, token))["state"] not in wanted:
            if until < time.monotonic():
                fail(f"{name} is not {wanted}", said)
            time.sleep(0.5)
        return said

    becomes("scanning")
    must(stack.ask("POST", f"{attachment}/download", token, {})[0] == 409, f"{name} waits for the scan")
    bucket = stack.outputs["FilesBucket"]
    (key,) = set(stack.files()) - set(before)
    # Source: Amazon GuardDuty User Guide, "Monitoring S3 object scans with Amazon EventBridge".
    threats = [{"name": threat}] if threat else None
    detail = {
        "schemaVersion": "1.0",
        "scanStatus": "COMPLETED",
        "resourceType": "S3_OBJECT",
        "s3ObjectDetails": {"bucketName": bucket, "objectKey": key},
        "scanResultDetails": {"scanResultStatus": "THREATS_FOUND" if threat else "NO_THREATS_FOUND", "threats": threats},
    }
    kind = "GuardDuty Malware Protection Object Scan Result"
    told = stack.aws.client("events").put_events(
        Entries=[{"Source": SCAN_SOURCE, "DetailType": kind, "Detail": json.dumps(detail)}]
    )
    must(not told["FailedEntryCount"], f"what the scan of {name} found is on the bus", told)
    said = becomes("ready", "rejected")
    must(said["state"] == state and (threat or "") in (said.get("reason") or ""), f"{name} is {state}", said)


def stories(stack, desk, filters):
    """The stories over HTTP, the same as everywhere."""
    environment = {
        **os.environ,
        "CASEMENT_URL": stack.url,
        "CASEMENT_DESK_URL": desk.url,
        "CASEMENT_OPERATORS": ",".join(OPERATORS),
    }
    command = ["cargo", "test", "--quiet", "--workspace", "--test", "stories", "--", "--test-threads", "4"]
    done = subprocess.run([*command, *filters], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
    must(done.returncode == 0, "the stories hold on the deployment")


def main(filters):
    # The translator wants to know where it is.
    os.environ |= Aws.keys
    home = Path(tempfile.mkdtemp(prefix="casement-aws-"))
    desk = Desk()
    # The functions' mail goes over the desk; everything else goes to the emulator itself.
    emulator = Emulator(home / "emulator", {"AWS_ENDPOINT_URL_SESV2": desk.url})
    try:
        prove(Aws(emulator.url), emulator, desk, home, filters)
    finally:
        emulator.stop()
        kept = ROOT / "target" / "emulator.log"
        shutil.copy(emulator.log, kept)
        shutil.rmtree(home, ignore_errors=True)
    say(f"the deployment holds; the emulator's log is {kept.relative_to(ROOT)}")


def prove(aws, emulator, desk, home, filters):
    aws.client("s3").create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})
    aws.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    package(aws, home)

    first = Stack(aws, "casement", home, SignUp="open")
    first.deploy()
    say("deployed")
    before = first.resources()
    package(aws, home)
    said = Stack(aws, "casement", home, SignUp="open").deploy()
    must("No changes to deploy" in said, "the same again: no changes", said[-3000:])
    must(first.resources() == before, "nothing was touched")

    second = Stack(aws, "casement-two", home, SignUp="invited", AppUrl="")
    second.deploy()
    say("a second one beside it, with pages on CloudFront")
    sign_ups(second)
    published(second)
    every_option(aws, first, home)
    refusals(first)
    must(second.ask("GET", "/v1/me", first.sign_in.token("gus@casement.test"))[0] == 401,
         "a token of the one is nothing to the other")  # fmt: skip

    untouched = second.content()
    desk.open(aws, emulator.url, first.sign_in, first.outputs["TableName"])
    stories(first, desk, filters)
    must(second.content() == untouched, "what was done to the one has not touched the other")

    log = emulator.log.read_text()
    for function in sorted(folder.name for folder in (ROOT / "functions").iterdir()):
        must(f"spawned for {first.name}-{function}" in log or filters, f"{function} ran")
    must("AccessDenied" not in log, "no role lacked a right", [line for line in log.splitlines() if "AccessDenied" in line][:20])


if __name__ == "__main__":
    main(sys.argv[1:])
