#!/usr/bin/env python3
"""The transcript: live, reloaded, after a restart and from replayed events it is the same; explanations stand right behind
what they explain."""

import unittest

from support.chats import explained, notify, say, transcript
from support.daemon import Daemon
from support.work import explain_row_id, file_change, said
from support.ws import WebSocket


def rows_of_events(messages):
    """Our own rows as a client that only hears `transcript_updated` knows them, by id."""
    rows = {}
    for message in messages:
        if message["type"] == "transcript_updated":
            rows[message["payload"]["messageId"]] = message["payload"]["entry"]
    return rows


class Transcript(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()
        cls.client = cls.daemon.client

    @classmethod
    def tearDownClass(cls):
        cls.daemon.close()

    def upsert(self, chat, status=200, **row):
        row = {"messageId": "m1", "turnId": "t1", "role": "system", "type": "note", "content": "text", **row}
        return self.client.expect(status, "POST", f"/api/sessions/{chat}/transcript/upsert", row)

    def project_chat(self, name):
        return self.client.new_chat(self.client.new_project(name)["projectId"])["sessionId"]

    def test_live_reloaded_restarted_and_replayed_transcripts_are_the_same(self):
        with Daemon() as daemon:
            client = daemon.client
            chat = client.new_chat(client.new_project("same")["projectId"])["sessionId"]
            with WebSocket(daemon.port, thread=chat) as socket:
                say(client, chat, "What changed?")
                notify(client, chat, [said(chat, "t1", "i1", "Please change it.", user=True), file_change(chat, "t1", "i2"),
                                      file_change(chat, "t1", "i3", path="src/b.py"), said(chat, "t1", "i4", "Done.")])
                for item in ("i2", "i3"):
                    explained(client, chat, "t1", item)
                live = rows_of_events(socket.drain())
            rows = transcript(client, chat)
            own = {row["messageId"]: row for row in rows if row["messageId"] in live}
            self.assertEqual(own, live, "what was heard is what is read")
            self.assertEqual(len(own), 2)
            self.assertEqual(transcript(client, chat), rows, "reading twice")
            daemon.restart()
            self.assertEqual(transcript(daemon.client, chat), rows, "after a restart")
            daemon.kill()
            daemon.start()
            self.assertEqual(transcript(daemon.client, chat), rows, "after a crash")
            with WebSocket(daemon.port, thread=chat, since=0) as socket:
                self.assertEqual(rows_of_events(socket.drain()), live, "from replayed events")

    def test_an_explanation_stands_right_behind_its_change(self):
        chat = self.project_chat("anchored")
        notify(self.client, chat, [file_change(chat, "t1", "i1"), said(chat, "t1", "i2", "and"), file_change(chat, "t1", "i3"),
                                   said(chat, "t1", "i4", "done")])
        for item in ("i1", "i3"):
            explained(self.client, chat, "t1", item)
        wanted = ["i1", explain_row_id(chat, "t1", "i1"), "i2", "i3", explain_row_id(chat, "t1", "i3"), "i4"]
        self.assertEqual([row["messageId"] for row in transcript(self.client, chat)], wanted)

    def test_a_row_of_a_client_goes_before_the_last_assistant_row(self):
        chat = self.client.new_chat()["sessionId"]
        notify(self.client, chat, [said(chat, "t1", "i1", "question", user=True), said(chat, "t1", "i2", "answer")])
        self.upsert(chat, messageId="note")
        self.upsert(chat, messageId="pinned", details={"anchorItemId": "i1"})
        self.upsert(chat, messageId="elsewhere", turnId="t0")
        self.assertEqual([row["messageId"] for row in transcript(self.client, chat)], ["i1", "pinned", "note", "i2", "elsewhere"])

    def test_a_row_is_upserted_in_its_place_and_never_goes_back(self):
        chat = self.client.new_chat()["sessionId"]
        first = self.client.expect(200, "POST", f"/api/sessions/{chat}/transcript/upsert",
                                   {"messageId": "a", "turnId": "t", "role": "system", "type": "note", "content": "working",
                                    "status": "streaming", "startedAt": 1000})["entry"]
        self.assertEqual((first["status"], first["startedAt"]), ("streaming", 1000))
        self.upsert(chat, messageId="b", turnId="t")
        done = self.upsert(chat, messageId="a", turnId="t", content="done", startedAt=2000, completedAt=3000)["entry"]
        self.assertEqual((done["status"], done["startedAt"], done["completedAt"], done["content"]), ("complete", 1000, 3000, "done"))
        late = self.client.expect(200, "POST", f"/api/sessions/{chat}/transcript/upsert",
                                  {"messageId": "a", "turnId": "t", "role": "system", "type": "note", "content": "working again",
                                   "status": "streaming"})["entry"]
        self.assertEqual((late["status"], late["content"]), ("complete", "done"))
        self.assertEqual([row["messageId"] for row in transcript(self.client, chat)], ["a", "b"])

    def test_everybody_on_the_chat_hears_of_an_upserted_row_as_it_is_now(self):
        chat = self.client.new_chat()["sessionId"]
        with WebSocket(self.daemon.port, thread=chat) as socket:
            entry = self.upsert(chat, details={"a": 1})["entry"]
            heard = socket.next_of("transcript_updated")
            self.assertEqual(heard["threadId"], chat)
            self.assertEqual(heard["payload"], {"threadId": chat, "turnId": "t1", "messageId": "m1", "type": "note", "entry": entry})
            again = self.upsert(chat, details={"b": 2})["entry"]
            self.assertEqual(socket.next_of("transcript_updated")["payload"]["entry"], again)

    def test_rows_are_refused_by_name_of_the_field(self):
        chat = self.client.new_chat()["sessionId"]
        for members, where in [({"role": "robot"}, "role"), ({"messageId": ""}, "messageId"), ({"content": 5}, "content"),
                               ({"details": "no json"}, "details"), ({"status": "half"}, "status"), ({"extra": 1}, "extra"),
                               ({"startedAt": -1}, "startedAt"), ({"turnId": "x" * 300}, "turnId")]:
            with self.subTest(members=members):
                row = {"messageId": "m", "turnId": "t", "role": "user", "type": "note", "content": "c", **members}
                reply = self.client.expect(400, "POST", f"/api/sessions/{chat}/transcript/upsert", row)
                self.assertEqual(reply["issues"][0]["path"], [where])

    def test_equal_item_ids_in_two_turns_are_two_rows(self):
        chat = self.client.new_chat()["sessionId"]
        notify(self.client, chat, [said(chat, "t1", "item_0", "one"), said(chat, "t2", "item_0", "two")])
        self.assertEqual([row["content"] for row in transcript(self.client, chat)], ["one", "two"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
