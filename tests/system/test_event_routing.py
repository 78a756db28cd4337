#!/usr/bin/env python3
"""The event feed: order of replies and events, and who hears what."""

import socket as sockets
import unittest

from support.client import eventually
from support.crowd import Crowd
from support.events import EventsTest, job_ids
from support.work import JOB_EVENTS, file_change, raise_file_limit, sanitized, short
from support.ws import WebSocket

THREADS = 300 if sanitized() else 1000


class Commands(EventsTest):
    def test_replies_are_ordered_with_the_events(self):
        first, second = (self.client.new_chat()["sessionId"] for _ in range(2))
        with WebSocket(self.daemon.port, thread=first) as socket:
            socket.next()
            self.run_jobs(1, sourceSessionId=first)
            socket.send({"type": "subscribe", "threadIds": [second]})
            subscribed = socket.until(lambda m: m["type"] == "subscribed")
            self.assertEqual([short(m) for m in subscribed if m["type"] in JOB_EVENTS], ["queued", "started", "completed"])
            self.assertEqual(subscribed[-1]["threadIds"], [second])
            self.assertGreaterEqual(subscribed[-1]["seq"], 3)
            self.run_jobs(1, sourceSessionId=first)
            position = self.run_jobs(1, sourceSessionId=second)
            heard = socket.until(lambda m: m.get("seq") == position)
            self.assertEqual({m["threadId"] for m in heard if m["type"] in JOB_EVENTS}, {second})
            self.assertGreater(heard[0]["seq"], subscribed[-1]["seq"])

    def test_subscribe_with_since_replays_after_the_reply(self):
        chat = self.client.new_chat()["sessionId"]
        position = self.position()
        last = self.run_jobs(4, sourceSessionId=chat)
        with WebSocket(self.daemon.port, thread="nobody") as socket:
            epoch = socket.next()["epoch"]
            socket.send({"type": "subscribe", "threadId": chat, "since": position, "epoch": epoch})
            subscribed = socket.next_of("subscribed")
            self.assertEqual((subscribed["threadIds"], subscribed["seq"]), ([chat], last))
            heard = socket.until(lambda m: m["seq"] == last)
            self.assertEqual([m["seq"] for m in heard], list(range(position + 1, last + 1)))
            socket.send({"type": "subscribe", "threadId": chat, "since": 1, "epoch": "another"})
            socket.next_of("subscribed")
            self.assertEqual(socket.next()["type"], "resync")

    def test_after_unsubscribe_only_broadcasts_are_heard(self):
        chat = self.client.new_chat()["sessionId"]
        with WebSocket(self.daemon.port, thread=chat) as socket:
            socket.next()
            socket.send({"type": "unsubscribe"})
            socket.send({"type": "ping"})
            socket.until(lambda m: m["type"] == "pong")
            self.run_jobs(1, sourceSessionId=chat)
            self.client.new_project("a broadcast")
            heard = socket.until(lambda m: m["type"] == "project_upserted")
            self.assertEqual(job_ids(heard), set())

    def test_ping_is_answered_and_anything_else_is_an_invalid_command(self):
        with WebSocket(self.daemon.port) as socket:
            socket.next()
            for text in ("", "nonsense", "[]", "{}", '{"type":1}', '{"type":"dance"}', '{"type":"subscribe"}',
                         '{"type":"subscribe","threadIds":[]}', '{"type":"subscribe","threadId":7}',
                         '{"type":"subscribe","threadId":"a","since":-1}'):
                socket.send_text(text)
                self.assertEqual(socket.next(), {"type": "error", "message": "invalid websocket command"}, text)
            socket.send({"type": "ping"})
            self.assertEqual(socket.next()["type"], "pong")

    def test_many_subscriptions_at_once_stay_in_order(self):
        with WebSocket(self.daemon.port) as socket:
            socket.next()
            for n in range(200):
                socket.send({"type": "subscribe", "threadIds": [f"t-{n}"]})
            for n in range(200):
                self.assertEqual(socket.next_of("subscribed")["threadIds"], [f"t-{n}"])


class WhoHearsWhat(EventsTest):
    env = {"ORCHESTRATOR_QUEUE_MAX_PER_PROJECT": 100000, "ORCHESTRATOR_QUEUE_MAX_GLOBAL": 100000}

    def test_a_thousand_sockets_on_different_threads_hear_their_own_and_nothing_else(self):
        open_files = raise_file_limit(4 * THREADS)
        count = min(THREADS, open_files // 3)
        chats = [self.client.new_chat()["sessionId"] for _ in range(count)]
        crowd = Crowd(keep=True)
        for chat in chats:
            crowd.join_in(self.daemon.port, thread=chat)
        everything = crowd.join_in(self.daemon.port)
        crowd.start()
        self.addCleanup(crowd.end)
        jobs = {chat: self.client.enqueue("noop", f"lane-{n % 16}", {"priority": "interactive"}, sourceSessionId=chat)["jobId"]
                for n, chat in enumerate(chats)}
        self.client.new_project("for all")
        crowd.wait_for(lambda: len(everything.seqs) >= 6 * count + 1, 240, "the unfiltered socket does not hear it all")
        last = everything.seqs[-1]
        crowd.wait_for(lambda: all(len(member.messages) >= 7 for member in crowd.members), 60, "a socket misses something")
        for member in crowd.members[:-1]:
            own = [m for m in member.messages if m["type"] in JOB_EVENTS]
            self.assertEqual(job_ids(own), {jobs[member.thread]}, "another's event leaked")
            self.assertEqual([short(m) for m in own], ["queued", "started", "completed"])
            self.assertEqual({m["threadId"] for m in own}, {member.thread})
            rest = [m["type"] for m in member.messages if m["type"] not in JOB_EVENTS]
            self.assertEqual([type for type in rest if type.startswith("job:")], ["job:queued", "job:started", "job:completed"])
            self.assertEqual([type for type in rest if not type.startswith("job:")], ["project_upserted"], "and the broadcast once")
            self.assertEqual(member.seqs, sorted(set(member.seqs)))
            self.assertLessEqual(member.seqs[-1], last)
        self.assertEqual(job_ids(everything.messages), set(jobs.values()))

    def test_jobs_without_a_chat_are_heard_by_unfiltered_sockets_alone(self):
        chat = self.client.new_chat()["sessionId"]
        with WebSocket(self.daemon.port, thread=chat) as filtered, WebSocket(self.daemon.port) as unfiltered:
            filtered.next(), unfiltered.next()
            last = self.run_jobs(1)
            self.assertEqual([m["seq"] for m in unfiltered.until(lambda m: m["seq"] == last)], list(range(last - 5, last + 1)))
            filtered.send({"type": "ping"})
            self.assertEqual(filtered.next()["type"], "pong")

    def test_worker_sessions_are_heard_by_those_alone_who_ask_for_exactly_them(self):
        project = self.client.new_project("guarded")["projectId"]
        chat = self.client.new_chat(project)["sessionId"]
        with WebSocket(self.daemon.port) as everybody:
            everybody.next()
            self.client.expect(202, "POST", f"/api/sessions/{chat}/notifications", file_change(chat, "t1", "i1"))
            heard = everybody.until(lambda m: m["type"] == "orchestrator_job_completed", 30) + everybody.drain(0.3)
        workers = self.client.expect(200, "GET", f"/api/projects/{project}/agent-sessions")["data"]
        hidden = {worker["sessionId"] for worker in workers}
        self.assertTrue(hidden)
        self.assertFalse({m["threadId"] for m in heard} & hidden)
        for message in heard:
            for worker in hidden:
                self.assertNotIn(worker, str(message))
        with WebSocket(self.daemon.port, thread=sorted(hidden)[0], since=0) as operator:
            operator.next_of("ready")
            operator.until(lambda m: m["threadId"] == sorted(hidden)[0])

    def test_a_client_that_goes_away_takes_its_subscription_with_it(self):
        for _ in range(50):
            socket = WebSocket(self.daemon.port)
            socket.next()
            socket.socket.shutdown(sockets.SHUT_RDWR)
            socket.socket.close()
        def nobody():
            lines = self.client.get("/metrics").text.splitlines()
            return [line for line in lines if "websocket_clients" in line and line.split()[-1] == "0"]
        eventually(nobody, what="sockets that are gone are still counted")
        self.run_jobs(1)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
