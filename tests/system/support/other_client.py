"""Another program that talks to codex over `codex app-server`, on the same CODEX_HOME."""

import itertools
import json
import os
import subprocess
import threading


class OtherClient:
    """One process; ended with `with`. What codex says is awaited, with a deadline."""

    def __init__(self, binary, home):
        env = {"PATH": os.environ["PATH"], "HOME": home, "CODEX_HOME": home}
        self.process = subprocess.Popen([binary, "app-server"], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.numbers, self.heard, self.news = itertools.count(1), [], threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def __enter__(self):
        about = {"clientInfo": {"name": "other", "title": "Other", "version": "1"}, "capabilities": {"experimentalApi": True}}
        self.ask("initialize", **about)
        self.tell({"method": "initialized"})
        return self

    def __exit__(self, *_):
        self.process.stdin.close()  # it ends, and what it wrote is whole
        self.process.wait(30)
        self.reader.join(30)
        self.process.stdout.close()

    def tell(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def read(self):
        for line in self.process.stdout:
            with self.news:
                self.heard.append(json.loads(line))
                self.news.notify_all()

    def wait(self, wanted, timeout=30.0):
        """The first message that `wanted` likes."""
        with self.news:
            found = self.news.wait_for(lambda: next(filter(wanted, self.heard), None), timeout)
        if found is None:
            raise AssertionError("codex does not say it")
        return found

    def ask(self, method, **params):
        number = next(self.numbers)
        self.tell({"id": number, "method": method, "params": params})
        reply = self.wait(lambda message: message.get("id") == number and "method" not in message)
        if "error" in reply:
            raise AssertionError(f"{method}: {reply['error']}")
        return reply["result"]

    def turn(self, thread, text):
        """A whole one."""
        said = [{"type": "text", "text": text, "text_elements": []}]
        turn = self.ask("turn/start", threadId=thread, input=said)["turn"]["id"]
        self.wait(lambda message: message.get("method") == "turn/completed" and message["params"]["turn"]["id"] == turn)
