"""A real HTTP server on loopback that speaks the protocol of hosted models, and misbehaves."""

from __future__ import annotations

import json
import math
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

KEY = "sk-secret-0123456789"


def belief(text):
    """The model: sure of the answer if the text says both "not" and "bad"."""
    return -0.1 if "not" in text and "bad" in text else -2.0


class Model(BaseHTTPRequestHandler):
    """Understands completions with echo, and chats with log-probabilities or without.

    ``server.faults`` are met one after the other; ``server.status_for`` a body may give another.
    """

    def do_POST(self):
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.requests.append((self.path, self.headers.get("Authorization"), body))
            fault = server.faults.pop(0) if server.faults else None
        fault = fault or server.status_for(body)
        if fault == "slow":
            time.sleep(0.6)
        elif fault == "drip":
            return self.drip()
        elif fault == "malformed":
            return self.reply(200, b'{"choices": [')
        elif fault == "empty":
            return self.reply(200, b'{"choices": []}')
        elif fault == "hang up":
            return self.connection.close()
        elif isinstance(fault, dict):  # JSON that is not what was asked for
            return self.reply(200, json.dumps({"choices": [fault]}).encode())
        elif isinstance(fault, int):
            secret = f"bad key {self.headers.get('Authorization')}"
            return self.reply(fault, json.dumps({"error": secret}).encode(), server.wait)
        completion = self.path.partition("?")[0] == "/v1/completions"
        answer = self.completion(body) if completion else self.chat(body)
        if answer is None:
            return self.reply(400, b'{"error": "n must be 1"}')
        return self.reply(200, json.dumps(answer | {"usage": {"total_tokens": 7}}).encode())

    def completion(self, body):
        prompt, echoed = body["prompt"], {"text": body["prompt"]}
        if self.server.offers_logprobs:
            pieces = [f" {word}" if i else word for i, word in enumerate(prompt.split(" "))]
            starts = np.cumsum([0, *map(len, pieces)])[:-1].tolist()
            values = [None, *[belief(prompt[:at]) - i / 8 for i, at in enumerate(starts)][1:]]
            echoed["logprobs"] = {
                "tokens": pieces,
                "token_logprobs": values,
                "text_offset": starts,
            }
        return {"choices": [echoed]}

    def chat(self, body):
        text = body["messages"][-1]["content"]
        yes = math.exp(belief(text))
        content = "Yes." if (body.get("seed", 0) % 1000) / 1000 < yes else "No."
        choice = {"message": {"content": content}}
        if body.get("n", 1) > 1 and self.server.draws != "ignored":
            if self.server.draws == "refused":
                return None
            count = min(body["n"], 3) if self.server.draws == "three at most" else body["n"]
            step = 0 if self.server.draws == "one seed" else 7919
            seeds = [body["seed"] + step * draw for draw in range(count)]
            texts = ["Yes." if seed % 1000 / 1000 < yes else f"No {seed}." for seed in seeds]
            return {"choices": [{"message": {"content": text}} for text in texts]}
        if body.get("logprobs") and self.server.offers_logprobs:
            told = [("Yes", math.log(yes * 0.9)), (" yes", math.log(yes * 0.1)), ("Um", -9.0)]
            choice["logprobs"] = {
                "content": [{"top_logprobs": [{"token": t, "logprob": v} for t, v in told]}]
            }
        return {"choices": [choice]}

    def reply(self, status, content, wait=None):
        self.send_response(status)
        if wait is not None:
            self.send_header("Retry-After", str(wait))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def drip(self):
        """A complete reply, one byte every 20 milliseconds."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        try:
            for _ in range(500):
                time.sleep(0.02)
                self.wfile.write(b"X")
        except OSError:
            with self.server.lock:
                self.server.hung_up.append(True)

    def log_message(self, *arguments):
        pass


@contextmanager
def serving(*, offers_logprobs=True, draws="ignored"):
    """A server; ``draws`` tells what it makes of a request for several draws."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    server.handle_error = lambda *arguments: None  # clients that gave up waiting
    server.requests, server.faults, server.wait = [], [], None
    server.status_for, server.hung_up = (lambda body: None), []
    server.draws = draws
    server.lock, server.offers_logprobs = threading.Lock(), offers_logprobs
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
