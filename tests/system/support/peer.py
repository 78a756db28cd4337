"""A server that jobs are posted to: it notes what it is asked, and behaves as its path says."""

import http.server
import json
import socket
import threading
import time


class Peer:
    """`asked` has (verb, path, headers, body) of each request, in the order of their coming."""

    def __init__(self):
        self.asked = []
        self.hung_up = threading.Event()  # a caller closed its connection before it was answered
        self.closing = threading.Event()
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                peer.asked.append((self.command, self.path, headers, json.loads(body) if body else None))
                getattr(peer, "do_" + self.path.split("?")[0].strip("/").replace("-", "_"))(self, peer.asked[-1])

            do_POST = do_GET = answer

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"

    def times(self, path):
        return len([1 for asked in self.asked if asked[1] == "/" + path])

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    @staticmethod
    def reply(handler, status, body=b"", **headers):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def do_echo(self, handler, asked):
        self.reply(handler, 200, json.dumps({"headers": asked[2], "order": asked[3]}).encode())

    def do_text(self, handler, _):
        self.reply(handler, 200, "plain w\u00f6rds\n".encode())

    def do_slow(self, handler, _):
        """Never answers; notes when nobody listens any more."""
        handler.connection.settimeout(0.1)
        while not self.closing.is_set():
            try:
                if handler.connection.recv(1) == b"":
                    self.hung_up.set()
                    return
            except socket.timeout:
                continue
            except OSError:
                self.hung_up.set()
                return

    def do_huge(self, handler, _):
        handler.send_response(200)
        handler.end_headers()
        try:
            while not self.closing.is_set():
                handler.wfile.write(b"x" * 65536)
        except OSError:
            self.hung_up.set()

    def do_promised(self, handler, _):
        """Promises more than anybody has room for."""
        handler.send_response(200)
        handler.send_header("Content-Length", str(1 << 40))
        handler.end_headers()
        handler.wfile.write(b"x")

    def do_cut(self, handler, _):
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"x")

    def do_garbage(self, handler, _):
        handler.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")

    def do_away(self, handler, _):
        self.reply(handler, 307, Location="http://localhost:1/echo")

    def do_here(self, handler, _):
        self.reply(handler, 307, Location="/echo")

    def do_circle(self, handler, _):
        self.reply(handler, 302, Location="/circle")

    def do_missing(self, handler, _):
        self.reply(handler, 404, b"no such thing")

    def do_busy(self, handler, _):
        if self.times("busy") < 3:
            self.reply(handler, 429, Retry_After="1")
        else:
            self.reply(handler, 200, b"7")

    def do_weak(self, handler, _):
        if self.times("weak") < 2:
            self.reply(handler, 500, b"not now")
        else:
            time.sleep(0.01)
            self.reply(handler, 200, b'{"tokenUsage": {"input": 3, "output": 4}}')
