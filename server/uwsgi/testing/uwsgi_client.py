"""A client of the uwsgi protocol, written from the packet format alone; it knows nothing of wsgiscope.

Each line of standard input is one exchange as JSON, each line of standard output what came back, as JSON text (latin-1):
  {"to": ["127.0.0.1", 3031] or "/path/of.sock", "vars": [[name, value], ...], "body": "...", "slowly": true or false}
  {"to": ..., "send": "...", "eof": true or false, "slowly": ...}   bytes as they are
"""

import json
import socket
import struct
import sys


def packet(variables):
    block = b""
    for name, value in variables:
        for text in (name.encode("latin-1"), value.encode("latin-1")):
            block += struct.pack("<H", len(text)) + text
    return struct.pack("<BHB", 0, len(block), 0) + block


def exchange(to, data, slowly, eof):
    family = socket.AF_UNIX if isinstance(to, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.connect(to if isinstance(to, str) else tuple(to))
        if family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in [data[i : i + 1] for i in range(len(data))] if slowly else [data]:
                sock.sendall(piece)
            if eof:
                sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before all of it was sent: the answer says why
        answer = b""
        while True:
            more = sock.recv(65536)
            if not more:
                return answer
            answer += more


for line in sys.stdin:
    asked = json.loads(line)
    if "vars" in asked:
        data = packet(asked["vars"]) + asked.get("body", "").encode("latin-1")
    else:
        data = asked["send"].encode("latin-1")
    answer = exchange(asked["to"], data, asked.get("slowly", False), asked.get("eof", False))
    print(json.dumps(answer.decode("latin-1")), flush=True)
