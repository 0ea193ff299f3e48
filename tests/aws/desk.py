"""The desk beside a deployment: what the stories need and a deployment rightly does not have.

It answers where the one-machine host does: tokens, mail, waiting. The tokens are real ones: it
makes users in the stack's pool and signs them in as the pages do, by code with PKCE. It stands
between the functions and the emulator's SES, to see mails with their tags, and publishes the
events that SES would.
"""

import base64
import hashlib
import http.client
import http.server
import json
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from adapt import MAIL_SOURCE

PASSWORD = "Casement-proves-1t!"
DUE_SHARDS = 4


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class SignIn:
    """One client of one user pool."""

    def __init__(self, aws, url, pool, client, redirect):
        self.cognito = aws.client("cognito-idp")
        self.url, self.pool, self.client, self.redirect = url, pool, client, redirect
        self.http = urllib.request.build_opener(NoRedirect)
        self.lock = threading.Lock()

    def user(self, email, name, verified=True):
        """Makes sure that there is such a user."""
        attributes = [
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true" if verified else "false"},
            *([{"Name": "name", "Value": name}] if name else []),
        ]
        of_user = {"UserPoolId": self.pool, "Username": email}
        with self.lock:
            try:
                self.cognito.admin_create_user(**of_user, UserAttributes=attributes, MessageAction="SUPPRESS")
            except self.cognito.exceptions.UsernameExistsException:
                self.cognito.admin_update_user_attributes(**of_user, UserAttributes=attributes)
            self.cognito.admin_set_user_password(**of_user, Password=PASSWORD, Permanent=True)

    def tokens(self, email, scope="openid email profile casement/api"):
        """What the token endpoint answers, after the login form and the code."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        form = {
            "client_id": self.client,
            "redirect_uri": self.redirect,
            "response_type": "code",
            "scope": scope,
            "state": "s",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "username": email,
            "password": PASSWORD,
        }
        location = urllib.parse.urlparse(self.submit(form))
        code = urllib.parse.parse_qs(location.query)["code"][0]
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client,
            "redirect_uri": self.redirect,
            "code": code,
            "code_verifier": verifier,
        }
        answer = self.http.open(f"{self.url}/oauth2/token", data=urllib.parse.urlencode(form).encode())
        return json.load(answer)

    def submit(self, form, tries=4):
        """Where the login form leads. Under load the emulator answers with 500 now and then."""
        try:
            answer = self.http.open(f"{self.url}/login", data=urllib.parse.urlencode(form).encode())
            raise RuntimeError(f"the login form answered {answer.status}: {answer.read()[:500]}")
        except urllib.error.HTTPError as redirect:
            if redirect.code == 302:
                return redirect.headers["location"]
            if redirect.code != 500 or tries == 1:
                raise RuntimeError(f"the login form answered {redirect.code}: {redirect.read()[:500]}") from None
        time.sleep(0.5)
        return self.submit(form, tries - 1)

    def token(self, email, name="", verified=True):
        """An access token of a user, who is made first."""
        self.user(email, name, verified)
        try:
            return self.tokens(email)["access_token"]
        finally:
            if not verified:
                self.user(email, name)


class Desk:
    """Listens on loopback. `open` says which deployment it is for."""

    def __init__(self):
        desk = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                desk.answer(self, b"")

            def do_POST(self):
                desk.answer(self, self.rfile.read(int(self.headers.get("content-length") or 0)))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.mails, self.lock = [], threading.Lock()
        self.aws = self.emulator = self.sign_in = self.table = None
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def open(self, aws, emulator, sign_in, table):
        self.aws, self.emulator, self.sign_in, self.table = aws, emulator, sign_in, table
        self.events = aws.client("events")
        self.dynamodb = aws.client("dynamodb")

    def answer(self, request, body):
        url = urllib.parse.urlparse(request.path)
        try:
            match (request.command, url.path):
                case ("POST", "/dev/token"):
                    status, kind, said = self.token(json.loads(body))
                case ("GET", "/mail.json"):
                    to = urllib.parse.parse_qs(url.query).get("to", [""])[0].lower()
                    with self.lock:
                        found = [mail for mail in reversed(self.mails) if to in mail["to"].lower().split(", ")]
                    status, kind, said = 200, "application/json", json.dumps(found)
                case ("GET", "/_local/settle"):
                    status, kind, said = self.settle()
                case ("GET", "/openapi.json"):
                    document = Path(__file__).parents[2] / "docs" / "openapi.json"
                    status, kind, said = 200, "application/json", document.read_text()
                case ("POST", "/v2/email/outbound-emails"):
                    status, kind, said = self.send(request, body)
                case _:
                    status, kind, said = 404, "text/plain", "the desk does not have this"
        except Exception as error:  # whatever it is, the story that asked must see it
            status, kind, said = 500, "text/plain", repr(error)
        said = said.encode()
        request.send_response(status)
        request.send_header("content-type", kind)
        request.send_header("content-length", str(len(said)))
        if status == 400 and kind == "application/json":
            request.send_header("x-amzn-errortype", json.loads(said).get("__type", ""))
        request.end_headers()
        request.wfile.write(said)

    def token(self, claims):
        email, name = claims.pop("email"), claims.pop("name", "")
        verified = claims.pop("email_verified", True)
        if claims:
            return 501, "text/plain", f"a user pool says nothing of {sorted(claims)}"
        token = self.sign_in.token(email, name, verified)
        return 200, "application/json", json.dumps({"access_token": token})

    def settle(self):
        """Answers when no row waits for anything whose time has come."""
        # What S3 and SES tell goes through the bus first; nothing says when it has arrived.
        time.sleep(1)
        until = time.monotonic() + 120
        while time.monotonic() < until:
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
            waiting = sum(
                self.dynamodb.query(
                    TableName=self.table,
                    IndexName="by-due",
                    KeyConditionExpression="due_shard = :shard AND due_at <= :now",
                    ExpressionAttributeValues={":shard": {"S": f"DUE#{shard}"}, ":now": {"S": now}},
                    Select="COUNT",
                )["Count"]
                for shard in range(DUE_SHARDS)
            )
            if not waiting:
                return 204, "text/plain", ""
            time.sleep(0.2)
        return 504, "text/plain", "rows still wait"

    def send(self, request, body):
        """Hands a mail on to the emulator's SES, as the function has signed it."""
        asked = json.loads(body)
        to = asked["Destination"]["ToAddresses"]
        if any(address.lower().endswith("@refused.simulator.amazonses.com") for address in to):
            said = {"__type": "MessageRejected", "message": "Email address is not verified."}
            return 400, "application/json", json.dumps(said)
        host = urllib.parse.urlparse(self.emulator).netloc
        connection = http.client.HTTPConnection(host, timeout=30)
        connection.request("POST", request.path, body=body, headers=dict(request.headers.items()))
        answer = connection.getresponse()
        said = answer.read().decode()
        if answer.status != 200:
            return answer.status, "application/json", said
        simple = asked["Content"]["Simple"]
        part = lambda name: simple["Body"].get(name, {}).get("Data", "")
        mail = {
            "id": json.loads(said)["MessageId"],
            "at": datetime.now(UTC).isoformat(),
            "to": ", ".join(to),
            "from": asked["FromEmailAddress"],
            "subject": simple["Subject"]["Data"],
            "text": part("Text"),
            "html": part("Html"),
            "tags": {tag["Name"]: tag["Value"] for tag in asked.get("EmailTags", [])},
        }
        with self.lock:
            self.mails.append(mail)
        events = mail_events(mail, to, asked.get("ConfigurationSetName", ""))
        told = self.events.put_events(
            Entries=[
                {"Source": MAIL_SOURCE, "DetailType": kind, "Detail": json.dumps(detail)} for kind, detail in events
            ]
        )
        if told["FailedEntryCount"]:
            raise RuntimeError(f"the bus takes no event: {told}")
        return 200, "application/json", said


def mail_events(mail, to, configuration_set):
    """What SES publishes of a mail; the addresses of its mailbox simulator behave as they do there.

    Source: Amazon SES Developer Guide, "Using the Amazon SES mailbox simulator manually" and
    "Contents of event data that Amazon SES publishes".
    """
    about = {
        "timestamp": mail["at"],
        "messageId": mail["id"],
        "source": mail["from"],
        "destination": to,
        "tags": {
            **{name: [value] for name, value in mail["tags"].items()},
            "ses:configuration-set": [configuration_set],
        },
    }
    recipients = [{"emailAddress": address} for address in to]
    delivery = ("Email Delivered", {"eventType": "Delivery", "mail": about, "delivery": {"recipients": to}})
    local, domain = to[0].lower().split("@", 1)
    if domain != "simulator.amazonses.com":
        return [delivery]
    match local.split("+")[0]:
        case "bounce":
            bounce = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": recipients}
            return [("Email Bounced", {"eventType": "Bounce", "mail": about, "bounce": bounce})]
        case "complaint":
            complaint = {"complainedRecipients": recipients, "complaintFeedbackType": "abuse"}
            return [delivery, ("Email Complaint Received", {"eventType": "Complaint", "mail": about, "complaint": complaint})]
        case _:
            return [delivery]
