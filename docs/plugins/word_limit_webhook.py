#!/usr/bin/env python3
"""A webhook that passes answers of at most so many words, when its secret signed the question: PORT."""
import base64, hashlib, hmac, json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["GRADER_SECRET"].removeprefix("whsec_"))


class MaxWords(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept

    def is_signed(self, body):
        name, sent = self.headers.get("webhook-id", ""), self.headers.get("webhook-timestamp", "0")
        signature = hmac.new(KEY, f"{name}.{sent}.".encode() + body, hashlib.sha256).digest()
        expected = "v1," + base64.b64encode(signature).decode()
        is_new = sent.isdigit() and abs(time.time() - int(sent)) < 300
        given = self.headers.get("webhook-signature", "").split(" ")
        return is_new and any(hmac.compare_digest(expected, each) for each in given)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.is_signed(body):
            return self.answer(401, {"error": "the signature is not of our secret"})
        question = json.loads(body)
        words, most = len(question["response"]["text"].split()), question["options"]["words"]
        self.answer(200, {"pass": words <= most, "reason": f"{words} words, and {most} are allowed"})

    def answer(self, status, content):
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), MaxWords)
print("listening on port", server.server_port)
server.serve_forever()
