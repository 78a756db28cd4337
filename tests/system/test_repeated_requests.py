#!/usr/bin/env python3
"""The same request again under its Idempotency-Key: the same answer and nothing made twice, also after a kill at any moment."""

import collections
import json
import random
import socket
import time
import unittest

from support.chats import ChatTest, idle, say, transcript
from support.client import eventually
from support.daemon import Daemon


def key(name):
    return {"Idempotency-Key": name}


def asked(client, chat):
    return [row["content"] for row in transcript(client, chat) if row["role"] == "user"]


def listed(client, path):
    found, cursor = [], None
    while True:
        page = client.expect(200, "GET", f"{path}?limit=200" + (f"&cursor={cursor}" if cursor else ""))
        found += page["data"]
        cursor = page["nextCursor"]
        if cursor is None:
            return found


class Repeated(ChatTest):
    def busy_chat(self, text="/pause 2s first"):
        chat = self.client.new_chat()["sessionId"]
        turn = say(self.client, chat, text, wait=False)
        eventually(lambda: self.view(chat)["thread"]["activeTurnId"] == turn, what="the turn does not begin")
        return chat, turn

    def twice(self, path, body, name, status=202):
        first = self.client.expect(status, "POST", path, body, headers=key(name))
        self.assertEqual(self.client.expect(status, "POST", path, body, headers=key(name)), first)
        return first

    def test_a_message_is_one_turn(self):
        chat = self.client.new_chat()["sessionId"]
        sent = self.twice(f"/api/sessions/{chat}/messages", {"text": "hello"}, "message")
        view = eventually(lambda: idle(self.client, chat))
        self.assertEqual([turn["id"] for turn in view["thread"]["turns"]], [sent["turnId"]])
        self.assertEqual(self.twice(f"/api/sessions/{chat}/messages", {"text": "hello"}, "message"), sent)
        self.assertEqual(asked(self.client, chat), ["hello"])

    def test_a_message_for_a_busy_chat_is_there_once_however_it_was_sent(self):
        for how in ("queue", "steer", "interrupt"):
            with self.subTest(how=how):
                chat, _ = self.busy_chat("/pause 400ms first")
                self.twice(f"/api/sessions/{chat}/messages", {"text": "more", "whenBusy": how}, f"busy {how}")
                eventually(lambda: idle(self.client, chat) and "more" in asked(self.client, chat))
                self.assertEqual(asked(self.client, chat), ["/pause 400ms first", "more"])

    def test_a_refused_message_may_be_sent_again(self):
        chat, _ = self.busy_chat()
        path, body = f"/api/sessions/{chat}/messages", {"text": "more"}
        self.client.expect(409, "POST", path, body, headers=key("refused"))
        self.act(chat, "/interrupt")
        eventually(lambda: idle(self.client, chat))
        self.assertTrue(self.client.expect(202, "POST", path, body, headers=key("refused"))["turnId"])

    def test_a_steer_is_heard_once(self):
        chat, turn = self.busy_chat("/pause 400ms first")
        path = f"/api/sessions/{chat}/turns/{turn}/steer"
        self.twice(path, {"input": "more"}, "steer", 200)
        eventually(lambda: idle(self.client, chat))
        self.assertEqual(self.twice(path, {"input": "more"}, "steer", 200)["turnId"], turn, "though the turn has ended")
        self.assertEqual(asked(self.client, chat), ["/pause 400ms first", "more"])

    def test_a_fork_is_one_chat_with_what_was_said(self):
        chat = self.client.new_chat(title="a fork's source")["sessionId"]
        say(self.client, chat, "hello")
        fork = self.twice(f"/api/sessions/{chat}/fork", None, "fork", 200)
        titles = [session["title"] for session in listed(self.client, "/api/sessions")]
        self.assertEqual(titles.count("a fork's source"), 2)
        view = self.view(fork["session"]["sessionId"])
        self.assertEqual((fork["session"], fork["thread"]), (view["session"], view["thread"]))
        self.assertEqual(asked(self.client, fork["session"]["sessionId"]), ["hello"])

    def test_the_same_words_elsewhere_are_another_request(self):
        one, two = (self.client.new_chat()["sessionId"] for _ in range(2))
        self.client.expect(202, "POST", f"/api/sessions/{one}/messages", {"text": "hi"}, headers=key("elsewhere"))
        refused = self.client.expect(422, "POST", f"/api/sessions/{two}/messages", {"text": "hi"}, headers=key("elsewhere"))
        self.assertEqual(refused["code"], "idempotency_mismatch")
        self.assertIn("another request", refused["message"])


class Kills(unittest.TestCase):
    cycles = 12

    def send(self, path, body, name):
        """Asks, and does not wait for the answer."""
        data = json.dumps(body).encode()
        head = (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nIdempotency-Key: {name}\r\n"
                f"Content-Length: {len(data)}\r\n\r\n")
        connection = socket.create_connection(("127.0.0.1", self.daemon.port))
        self.addCleanup(connection.close)
        connection.sendall(head.encode() + data)

    def requests_of(self, n, source, chat):
        return [("/api/sessions", {"title": f"chat {n}"}, f"chat {n}", 200),
                ("/api/projects", {"name": f"project {n}"}, f"project {n}", 200),
                (f"/api/sessions/{source}/fork", {}, f"fork {n}", 200),
                (f"/api/sessions/{chat}/messages", {"text": f"message {n}"}, f"message {n}", 202)]

    def once_each(self, source_title, chats):
        client = self.daemon.client
        sessions = collections.Counter(session["title"] for session in listed(client, "/api/sessions"))
        projects = collections.Counter(project["name"] for project in client.expect(200, "GET", "/api/projects")["data"])
        self.assertEqual(sessions[source_title], 1 + self.cycles, "the source and one fork a cycle")
        for n, (chat, message) in enumerate(chats):
            self.assertEqual((sessions[f"chat {n}"], projects[f"project {n}"]), (1, 1), n)
            eventually(lambda: idle(client, chat) and asked(client, chat), what="the message is not sent")
            self.assertEqual(asked(client, chat), [f"message {n}"])
            # Its turn may be another than the one of the first answer, which the kill took with it; its id stays.
            user = [row for row in transcript(client, chat) if row["role"] == "user"][0]
            self.assertEqual(json.loads(user["details"])["clientId"], message["messageId"])

    def test_what_was_asked_for_before_a_kill_and_again_after_it_is_there_once(self):
        with Daemon() as self.daemon:
            source = self.daemon.client.new_chat(title="source")["sessionId"]
            say(self.daemon.client, source, "hello")
            chats = []
            for n in range(self.cycles):
                chat = self.daemon.client.new_chat()["sessionId"]
                requests = self.requests_of(n, source, chat)
                random.shuffle(requests)
                for path, body, name, _ in requests:
                    self.send(path, body, name)
                time.sleep(random.uniform(0, 0.006))
                self.daemon.kill()
                self.daemon.start()
                answers = {}
                for path, body, name, status in requests:
                    answer = self.daemon.client.expect(status, "POST", path, body, headers=key(name))
                    self.assertEqual(self.daemon.client.expect(status, "POST", path, body, headers=key(name)), answer)
                    answers[name] = answer
                chats.append((chat, answers[f"message {n}"]))
            self.once_each("source", chats)


if __name__ == "__main__":
    unittest.main(verbosity=2)
