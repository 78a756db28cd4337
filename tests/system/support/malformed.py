"""How malformed requests are written, and those that are no proper HTTP at all."""

KIB = 1024
MIB = KIB * KIB
JOBS = "/api/orchestrator/jobs"
JSON = "Content-Type: application/json"
GOOD = b'{"type":"noop","projectId":"p1","payload":{}}'


def head(line, *fields, host="Host: localhost"):
    lines = [line] + ([host] if host else []) + list(fields)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def get(target, *fields, **options):
    return head(f"GET {target} HTTP/1.1", *fields, **options)


def post(body, *fields, target=JOBS, kind=JSON):
    fields = ([kind] if kind else []) + [f"Content-Length: {len(body)}"] + list(fields)
    return head(f"POST {target} HTTP/1.1", *fields) + body


def chunked(data, *fields):
    return head(f"POST {JOBS} HTTP/1.1", JSON, "Transfer-Encoding: chunked", *fields) + data


def deep(levels):
    return b"[" * levels + b"]" * levels


# What is no proper HTTP: a plain answer and the end of the connection. (name, bytes, status)
PLAIN = [
    # Request lines.
    ("a request line of one word", head("GET"), 400),
    ("a request line without a version", head("GET /api"), 400),
    ("a request line with too many parts", head("GET /api HTTP/1.1 extra"), 400),
    ("two blanks in the request line", head("GET  /api HTTP/1.1"), 400),
    ("an empty line first", b"\r\n" + get("/api"), 400),
    ("a method with a bracket", head("G(T /api HTTP/1.1"), 400),
    ("HTTP/2.0 by name", head("GET /api HTTP/2.0"), 400),
    ("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ("HTTP/0.9", head("GET /api HTTP/0.9"), 400),
    ("HTTP/1.2", head("GET /api HTTP/1.2"), 400),
    ("a version in small letters", head("GET /api http/1.1"), 400),
    ("a version with more digits", head("GET /api HTTP/1.10"), 400),
    ("a whole URL as target", head("GET http://localhost/api HTTP/1.1"), 400),
    ("a relative target", head("GET api HTTP/1.1"), 400),
    ("a CONNECT", head("CONNECT localhost:80 HTTP/1.1"), 400),
    ("an asterisk for GET", head("GET * HTTP/1.1"), 400),
    ("a fragment in the target", get("/api#part"), 400),
    ("raw UTF-8 in the target", b"GET /api/\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("a control character in the target", b"GET /api\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("a tab in the request line", b"GET\t/api HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("TLS where HTTP is spoken", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ("nothing but noise", bytes(range(256)), 400),
    ("a long target", get("/" + "a" * 8 * KIB), 414),
    ("a target without end", b"GET /" + b"a" * 20 * KIB, 414),
    # Header lines.
    ("lines that end in LF alone", b"GET /api HTTP/1.1\nHost: localhost\n\n", 400),
    ("one line that ends in LF alone", b"GET /api HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", 400),
    ("a CR inside a value", b"GET /api HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n", 400),
    ("a folded header", get("/api", "X: one", " two"), 400),
    ("a folded header with a tab", get("/api", "X: one", "\ttwo"), 400),
    ("a header that begins with a blank", get("/api", " X: one"), 400),
    ("a blank before the colon", get("/api", "X : one"), 400),
    ("a header without a colon", get("/api", "nonsense"), 400),
    ("a header without a name", get("/api", ": value"), 400),
    ("a bracket in a header name", get("/api", "X(a): b"), 400),
    ("a NUL in a header", b"GET /api HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n", 400),
    ("a DEL in a header", b"GET /api HTTP/1.1\r\nHost: localhost\r\nX: a\x7fb\r\n\r\n", 400),
    ("a large header", get("/api", "X: " + "a" * 16 * KIB), 431),
    ("many small headers", get("/api", *[f"X-{i}: y" for i in range(3000)]), 431),
    ("headers without end", b"GET /api HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20 * KIB, 431),
    ("no Host", get("/api", host=None), 400),
    ("two Hosts", get("/api", "Host: localhost"), 400),
    ("two Hosts that differ", get("/api", "Host: evil.example"), 400),
    ("two Origins", get("/api", "Origin: http://localhost:1", "Origin: http://localhost:1"), 400),
    ("two content types", post(GOOD, "Content-Type: text/plain"), 400),
    ("an unknown expectation", post(GOOD, "Expect: 200-maybe"), 417),
    # Framing: what two readers could understand differently.
    ("two lengths that agree", post(GOOD, f"Content-Length: {len(GOOD)}"), 400),
    ("two lengths that differ", post(GOOD, "Content-Length: 3"), 400),
    ("a list of lengths", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: 2, 2") + b"{}", 400),
    ("a signed length", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: +2") + b"{}", 400),
    ("a negative length", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: -1"), 400),
    ("a hexadecimal length", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: 0x2") + b"{}", 400),
    ("a fractional length", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: 2.0") + b"{}", 400),
    ("an empty length", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length:"), 400),
    ("a length beyond 64 bits", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: 99999999999999999999"), 400),
    ("a length beside chunks", chunked(b"2\r\n{}\r\n0\r\n\r\n", "Content-Length: 2"), 400),
    ("a length after chunks", head(f"POST {JOBS} HTTP/1.1", "Content-Length: 2", "Transfer-Encoding: chunked"), 400),
    ("two transfer encodings", chunked(b"0\r\n\r\n", "Transfer-Encoding: chunked"), 400),
    ("chunks twice in one header", head(f"POST {JOBS} HTTP/1.1", JSON, "Transfer-Encoding: chunked, chunked"), 400),
    ("gzip as transfer encoding", head(f"POST {JOBS} HTTP/1.1", JSON, "Transfer-Encoding: gzip"), 400),
    ("gzip before chunks", head(f"POST {JOBS} HTTP/1.1", JSON, "Transfer-Encoding: gzip, chunked"), 400),
    ("chunks misspelt", head(f"POST {JOBS} HTTP/1.1", JSON, "Transfer-Encoding: xchunked"), 400),
    ("identity as transfer encoding", head(f"POST {JOBS} HTTP/1.1", JSON, "Transfer-Encoding: identity"), 400),
    ("chunks with a vertical tab", head(f"POST {JOBS} HTTP/1.1", JSON, "Transfer-Encoding: \x0bchunked"), 400),
    ("chunks in HTTP/1.0", head(f"POST {JOBS} HTTP/1.0", JSON, "Transfer-Encoding: chunked") + b"0\r\n\r\n", 400),
    ("a chunk size that is no number", chunked(b"xyz\r\n{}\r\n0\r\n\r\n"), 400),
    ("a negative chunk size", chunked(b"-2\r\n{}\r\n0\r\n\r\n"), 400),
    ("a chunk size with 0x", chunked(b"0x2\r\n{}\r\n0\r\n\r\n"), 400),
    ("a chunk size beyond 64 bits", chunked(b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n"), 400),
    ("a chunk longer than it says", chunked(b"2\r\n{}{}\r\n0\r\n\r\n"), 400),
    ("a chunk that ends in LF", chunked(b"2\r\n{}\n0\r\n\r\n"), 400),
]

# Cut off: the client sends this and says that nothing more will come.
TRUNCATED = [
    ("half a request line", b"GET /ap", 400),
    ("half a header block", b"GET /api HTTP/1.1\r\nHost: local", 400),
    ("half a body", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: 100") + b'{"type":', 400),
    ("half a chunk", chunked(b"ff\r\n{"), 400),
    ("chunks without their end", chunked(b"2\r\n{}\r\n"), 400),
]
