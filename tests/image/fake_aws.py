"""The places of AWS that give credentials, on a loopback port. What they give says what they were asked with."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

EXPIRES = "2099-01-01T00:00:00Z"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json"):
        data = (json.dumps(body) if isinstance(body, dict) else body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

    def keys(self, text):
        return {
            "AccessKeyId": text,
            "SecretAccessKey": f"HUSH of {text}",
            "Token": f"HUSH token of {text}",
            "Expiration": EXPIRES,
        }

    def do_PUT(self):
        assert urlsplit(self.path).path == "/latest/api/token"
        self.body()
        self.answer(200, "imds-token", "text/plain")

    def do_GET(self):
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        roles = "/latest/meta-data/iam/security-credentials/"
        if url.path.startswith(roles):
            if self.headers.get("X-aws-ec2-metadata-token") != "imds-token":
                self.answer(401, "", "text/plain")
            elif url.path == roles:
                self.answer(200, "instance-role", "text/plain")
            else:
                self.answer(200, {"Code": "Success", **self.keys(url.path.removeprefix(roles))})
        elif url.path == "/container":
            self.answer(200, self.keys(f"container {self.headers.get('Authorization')}"))
        elif url.path == "/federation/credentials":
            token = self.headers.get("x-amz-sso_bearer_token")
            keys = self.keys(f"sso {query['account_id']} {query['role_name']} {token}")
            role = {"accessKeyId": keys["AccessKeyId"], "secretAccessKey": keys["SecretAccessKey"]}
            role |= {"sessionToken": keys["Token"], "expiration": 4070908800000}
            self.answer(200, {"roleCredentials": role})
        else:
            self.answer(404, {"message": "no such place"})

    def do_POST(self):
        """STS: a role's keys say who asked for it, and how."""
        form = {name: values[0] for name, values in parse_qs(self.body(), keep_blank_values=True).items()}
        action = form["Action"]
        caller = self.headers.get("Authorization", "").partition("Credential=")[2].partition("/2")[0] or "nobody"
        parts = [
            form["RoleArn"],
            form.get("ExternalId"),
            form.get("DurationSeconds"),
            form.get("WebIdentityToken"),
            caller,
        ]
        if not form["RoleSessionName"].startswith(("botocore-session-", "thimble-")):
            parts.append(form["RoleSessionName"])
        keys = self.keys(" ".join(str(part) for part in parts))
        fields = "".join(
            f"<{name}>{escape(keys[key])}</{name}>"
            for name, key in [
                ("AccessKeyId", "AccessKeyId"),
                ("SecretAccessKey", "SecretAccessKey"),
                ("SessionToken", "Token"),
                ("Expiration", "Expiration"),
            ]
        )
        self.answer(
            200,
            f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>{fields}'
            f"</Credentials></{action}Result></{action}Response>",
            "text/xml",
        )


class FakeAws:
    def __enter__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
