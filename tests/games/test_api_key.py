"""No part of a key is shown, however a server repeats it and however it was set."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import string
import threading
import traceback
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shapiq_spex.games import endpoint as endpoint_module
from shapiq_spex.games.api_key import read_key, without_key
from shapiq_spex.games.endpoint import Endpoint, EndpointError

VARIABLE = "KEY_OF_A_TEST"
VISIBLE = string.ascii_letters + string.digits + string.punctuation
KEYS = st.text(VISIBLE, min_size=5, max_size=60)
# no part of these occurs elsewhere by chance
RANDOM_KEYS = st.permutations(VISIBLE).map(lambda order: "".join(order[:40]))


def every(character):
    return f"\\u{ord(character):04x}"


ECHOES = {
    "as it is": str,
    "in JSON": json.dumps,
    "in JSON inside JSON": lambda key: json.dumps(json.dumps(key)),
    "in escapes of JSON": lambda key: "".join(map(every, key)),
    "in capital escapes": lambda key: "".join(f"\\u{ord(c):04X}" for c in key),
    "in some escapes of JSON": lambda key: "".join(
        every(c) if i % 3 == 0 else json.dumps(c)[1:-1] for i, c in enumerate(key)
    ),
    "in escapes of Python": lambda key: "".join(f"\\x{ord(c):02x}" for c in key),
    "in a URL": lambda key: urllib.parse.quote(key, safe=""),
    "in a URL, all characters": lambda key: "".join(f"%{ord(c):02x}" for c in key),
    "in a URL twice": lambda key: urllib.parse.quote(urllib.parse.quote(key, safe=""), safe=""),
    "in a URL in JSON": lambda key: json.dumps("".join(every(c) for c in urllib.parse.quote(key))),
    "in HTML": html.escape,
    "in numbers of HTML": lambda key: "".join(f"&#{ord(c)};" for c in key),
    "between zeros": "\0".join,
    "between invisible characters": "\u200b".join,
    "in capitals": str.upper,
    "in small letters": str.lower,
    "in octal escapes": lambda key: "".join(f"\\{ord(c):03o}" for c in key),
    "in long escapes": lambda key: "".join(f"\\U{ord(c):08x}" for c in key),
    "in braces": lambda key: "".join(f"\\u{{{ord(c):x}}}" for c in key),
    "in escapes of old URLs": lambda key: "".join(f"%u{ord(c):04X}" for c in key),
    "in an e-mail": lambda key: "".join(f"={ord(c):02X}" for c in key),
    "in HTML without semicolons": lambda key: "".join(f"&#{ord(c)}" for c in key),
    "as a list of bytes": lambda key: str(list(key.encode())),
    "as a compact list of bytes": lambda key: json.dumps(list(key.encode()), separators=(",", ":")),
    "in bytes with colons": lambda key: key.encode().hex(":"),
    "in bytes with blanks": lambda key: key.encode().hex(" ").upper(),
    "in bytes of C": lambda key: ", ".join(map(hex, key.encode())),
    "cut in the middle": lambda key: key[:-1] + "..." + key[1:],
}
DECODABLE = {
    "hexadecimal": (lambda key: key.encode().hex(), 2 * 5),
    "base64": (lambda key: base64.b64encode(key.encode()).decode(), 8),
    "base64 of basic": (lambda key: base64.b64encode(f"u:{key}".encode()).decode(), 8),
    "base64 of bearer": (lambda key: base64.b64encode(f"Bearer {key}".encode()).decode(), 8),
    "base64 for URLs": (lambda key: base64.urlsafe_b64encode(f"a{key}".encode()).decode(), 8),
}


def parts_of(key, length=5):
    return {key[i : i + length] for i in range(max(1, len(key) - length + 1))}


def holds_part_of(key, text):
    """Whether a text holds five characters of a key in a row, as they are or in escapes."""
    text = text.lower()
    numbers = [int(n) for n in re.findall(r"\d+", text) if int(n) < 128]
    pairs = [int(n, 16) for n in re.findall(r"(?<!\w)(?:0x)?([0-9a-f]{2})(?!\w)", text)]
    texts = [text, urllib.parse.unquote(text), html.unescape(text)]
    texts += ["".join(map(chr, found)).lower() for found in (numbers, pairs)]
    texts += [re.sub(r"(?:=|%u00)([0-9a-f]{2})", lambda f: chr(int(f[1], 16)), text)]
    for one in list(texts):
        try:
            texts.append(json.loads(f'"{one}"'))
        except ValueError:
            continue
    return any(part in one.lower() for part in parts_of(key.lower()) for one in texts)


@given(
    key=KEYS,
    before=st.text(max_size=30),
    after=st.text(max_size=30),
    echo=st.sampled_from(list(ECHOES)),
)
def test_no_part_of_a_key_is_left_of_a_text(key, before, after, echo):
    assume(not holds_part_of(key, before + after))
    shown = without_key(key, f"{before} {ECHOES[echo](key)} {after}")
    assert not holds_part_of(key, shown)


@given(
    key=st.text(string.ascii_letters + string.digits, min_size=12, max_size=60),
    echo=st.sampled_from(list(DECODABLE)),
)
def test_no_encoded_part_of_a_key_is_left_of_a_text(key, echo):
    encode, length = DECODABLE[echo]
    told = encode(key)
    own = told[-len(key) :].rstrip("=")[:-2]  # of the key alone
    shown = without_key(key, f'{{"bad": "{told}"}}')
    assert not any(part in shown for part in parts_of(own, length))


@given(key=KEYS, text=st.text(VISIBLE + " \\%&;u0x", max_size=200))
def test_what_is_masked_contains_no_part_whatever_stands_around(key, text):
    assert not any(part in without_key(key, text) for part in parts_of(key))


def test_what_is_not_of_the_key_is_left():
    text = '{"error": "bad request \\u0041: 100%25"}'
    assert without_key("sk-0123456789abcdef", text) == text
    assert without_key("", text) == text


class Echo(BaseHTTPRequestHandler):
    """Repeats the key in its replies, far enough on for the cut of what is shown."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        echo, before, status = self.server.behaviour
        told = f"{'x ' * (before // 2)}{ECHOES[echo](key)}".encode()
        if status == 0:  # a malformed status line
            self.wfile.write(told.replace(b"\n", b" ") + b"\r\n\r\n")
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def echo_server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.handle_error = lambda *arguments: None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def everything_of(error):
    """All that a report of an error could show: chained errors, variables of frames, attributes."""
    shown, seen = [], set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = traceback.StackSummary.extract(
            traceback.walk_tb(error.__traceback__), capture_locals=True
        )
        shown += [repr(frame.locals) for frame in frames if frame.filename != __file__]
        shown += [*traceback.format_exception(error), repr(error), repr(vars(error))]
        error = error.__context__
    return "\n".join(shown)


@given(
    key=RANDOM_KEYS,
    echo=st.sampled_from(list(ECHOES)),
    before=st.sampled_from([0, 4, 250, 280, 296, 300, 4080]),
    status=st.sampled_from([0, 200, 401, 429, 500]),
)
def test_no_error_of_an_endpoint_holds_a_part_of_the_key(echo_server, key, echo, before, status):
    echo_server.behaviour = (echo, before, status)
    os.environ[VARIABLE] = f" {key}\r\n"
    try:
        endpoint = Endpoint(
            f"http://127.0.0.1:{echo_server.server_port}/v1", "m", key_variable=VARIABLE
        )
        with pytest.raises(EndpointError) as caught:
            endpoint.post("chat/completions", {})
        assert caught.value.__context__ is None
        assert not any(part in everything_of(caught.value) for part in parts_of(key))
        assert not holds_part_of(key, str(caught.value))
        assert not any(part in repr(endpoint) for part in parts_of(key))
    finally:
        del os.environ[VARIABLE]


def test_no_reply_is_read_in_the_thread_that_ctrl_c_interrupts(echo_server, monkeypatch):
    def recorded(key, text):
        threads.append(threading.current_thread())
        return without_key(key, text)

    threads = []
    monkeypatch.setattr(endpoint_module, "without_key", recorded)
    monkeypatch.setenv(VARIABLE, "sk-0123456789")
    endpoint = Endpoint(
        f"http://127.0.0.1:{echo_server.server_port}/v1", "m", key_variable=VARIABLE
    )
    for status in (0, 200, 401):
        echo_server.behaviour = ("as it is", 0, status)
        with pytest.raises(EndpointError):
            endpoint.post("chat/completions", {})
    assert len(threads) == 3
    assert threading.main_thread() not in threads


@pytest.mark.parametrize(
    "bad", ["secret-01\nsecret-02", "secret 0123", "secret-é0123", "sécret-\u20ac"]
)
def test_a_key_that_no_header_carries_is_refused_without_being_shown(monkeypatch, bad):
    monkeypatch.setenv(VARIABLE, bad)
    with pytest.raises(ValueError, match=f"the key in {VARIABLE} contains a blank") as caught:
        Endpoint("https://example.com/v1", "m", key_variable=VARIABLE)
    assert not any(part in everything_of(caught.value) for part in parts_of(bad))


def test_blanks_and_line_ends_around_a_key_are_dropped(monkeypatch):
    monkeypatch.setenv(VARIABLE, "\t sk-0123 \r\n")
    assert read_key(VARIABLE) == "sk-0123"


SECRET = "sk-proj-0123456789abcdefghij"


@pytest.mark.parametrize(
    "arguments",
    [
        {"base_url": SECRET},
        {"base_url": f"https://{SECRET}@example.com/v1"},
        {"base_url": f"https://user:{SECRET}@example.com/v1"},
        {"base_url": f"https://example.com:{SECRET}/v1"},
        {"base_url": f"https://example.com/v1?api-key={SECRET}"},
        {"base_url": f"https://example.com/v1?code={SECRET}"},
        {"base_url": f"https://example.com/v1?q={SECRET}"},
        {"base_url": f"https://example.com/v1#{SECRET}"},
        {"base_url": f"https://example.com/{SECRET}/v1"},
        {"base_url": f"https://example.com/v1\n{SECRET}", "model": "m "},
        {"model": SECRET},
        {"key_variable": SECRET},
        {"key_variable": "gsk_0123456789abcdefghijKLMN"},
        {"key_variable": "0123456789abcdef0123456789"},
    ],
)
def test_a_key_in_the_wrong_place_is_refused_without_being_shown(monkeypatch, arguments):
    monkeypatch.setenv(VARIABLE, SECRET)
    settings = {"base_url": "https://example.com/v1", "model": "m", "key_variable": VARIABLE}
    with pytest.raises(ValueError, match=r"base_url|key_variable") as caught:
        Endpoint(**settings | arguments)
    error = caught.value
    shown = f"{error!r} {error.__context__!r} {error.__cause__!r}"
    secret = arguments.get("key_variable", SECRET)
    assert not any(part in shown for part in parts_of(secret))
