#!/usr/bin/env python3
"""The event feed: catching up without gap or repeat on WebSocket and SSE, resync, order of replies, and who hears what."""

import socket as sockets
import threading
import unittest

from support.client import eventually
from support.crowd import Crowd
from support.daemon import Daemon
from support.recorder import SocketFollower, StreamFollower
from support.sse import EventStream
from support.work import JOB_EVENTS, file_change, raise_file_limit, sanitized, short
from support.ws import WebSocket

THREADS = 300 if sanitized() else 1000


def job_ids(messages):
    return {m["payload"]["jobId"] for m in messages if m["type"] in JOB_EVENTS}


class EventsTest(unittest.TestCase):
    env = {}

    def setUp(self):
        self.daemon = Daemon(env=self.env).start()
        self.addCleanup(self.daemon.close)
        self.client = self.daemon.client

    def tearDown(self):
        if self.daemon.alive():
            self.assertEqual(self.daemon.stop(), 0)

    def run_jobs(self, count=1, owner="lane", **members):
        """That many jobs to their ends; returns the seq of the last event."""
        jobs = [self.client.enqueue("noop", owner, {"priority": "interactive"}, **members)["jobId"] for _ in range(count)]
        for job in jobs:
            self.client.wait_job(job)
        return self.position()

    def position(self):
        with WebSocket(self.daemon.port) as looker:
            return looker.next()["seq"]

    def all_up_to(self, seq, **options):
        """All messages after ready, up to that seq."""
        with WebSocket(self.daemon.port, **options) as socket:
            self.assertEqual(socket.next()["type"], "ready")
            return socket.until(lambda m: m.get("seq") == seq)


class CatchingUp(EventsTest):
    def test_the_first_message_is_ready_with_a_position_and_an_epoch(self):
        with WebSocket(self.daemon.port, thread="s_1") as socket:
            ready = socket.next()
        self.assertEqual({"type": "ready", "threadId": "s_1", "seq": 0}, {k: ready[k] for k in ("type", "threadId", "seq")})
        self.assertTrue(ready["epoch"])
        with WebSocket(self.daemon.port) as socket:
            self.assertIsNone(socket.next()["threadId"])

    def test_since_replays_exactly_what_came_after_it(self):
        last = self.run_jobs(20)
        everything = self.all_up_to(last, since=0)
        seqs = [m["seq"] for m in everything]
        self.assertEqual(seqs, list(range(1, last + 1)), "one event, one seq, none left out")
        for since in (0, 1, last // 2, last - 1):
            self.assertEqual(self.all_up_to(last, since=since), everything[since:], f"since={since}")

    def test_since_the_last_position_replays_nothing_and_goes_live(self):
        last = self.run_jobs(3)
        with WebSocket(self.daemon.port, since=last) as socket:
            self.assertEqual(socket.next()["seq"], last)
            self.run_jobs(1)
            self.assertEqual(socket.next()["seq"], last + 1)

    def test_catching_up_while_events_flow_has_neither_gap_nor_repeat(self):
        self.run_jobs(30)
        done = threading.Event()
        def load():
            from support.client import Client
            client = Client(self.daemon.port)
            while not done.is_set():
                client.wait_job(client.enqueue("noop", "busy", {"priority": "interactive"})["jobId"])
        loader = threading.Thread(target=load)
        loader.start()
        try:
            heard = []
            for _ in range(40):
                with WebSocket(self.daemon.port, since=0) as socket:
                    position = socket.next()["seq"]
                    heard.append([m["seq"] for m in socket.until(lambda m: m["seq"] >= position + 5, 30)])
        finally:
            done.set()
            loader.join()
        for seqs in heard:
            self.assertEqual(seqs, list(range(1, len(seqs) + 1)))

    def test_a_follower_over_many_reconnections_hears_what_a_newcomer_hears(self):
        followers = [SocketFollower(self.daemon.port), StreamFollower(self.daemon.port)]
        for follower in followers:
            follower.start()
        for _ in range(5):
            self.run_jobs(5)
            self.daemon.restart()
        last = self.run_jobs(1)
        for follower in followers:
            self.assertTrue(follower.wait_for(last, 20))
            follower.end()
            self.assertEqual(follower.wrongs, [])
            self.assertGreaterEqual(follower.connections, 5)
        everything = self.all_up_to(last, since=0)
        self.assertEqual(followers[0].events, everything)
        self.assertEqual(followers[1].events, everything)

    def test_events_keep_their_seq_and_words_over_a_restart_and_a_kill(self):
        last = self.run_jobs(5)
        before = self.all_up_to(last, since=0)
        self.daemon.restart()
        self.assertEqual(self.all_up_to(last, since=0), before)
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.all_up_to(last, since=0), before)
        self.assertEqual(self.run_jobs(1), last + 3, "and counting goes on where it was")

    def test_a_filtered_client_catches_up_on_its_own_threads_alone(self):
        chats = [self.client.new_chat()["sessionId"] for _ in range(3)]
        for _ in range(5):
            for chat in chats:
                self.run_jobs(1, sourceSessionId=chat)
        last = self.position()
        everything = self.all_up_to(last, since=0)
        for chat in chats:
            expected = [m for m in everything if m["threadId"] in (chat, None) and not (m["threadId"] is None and m["type"] in JOB_EVENTS)]
            with WebSocket(self.daemon.port, thread=chat, since=0) as socket:
                socket.next_of("ready")
                heard = socket.until(lambda m: m["seq"] == expected[-1]["seq"])
                self.assertEqual(heard, expected)


class Resync(EventsTest):
    env = {"LANEKEEPER_EVENT_RETENTION_COUNT": 1000000}

    def assert_resync(self, messages_of, epoch):
        resync = messages_of.next_of("resync", timeout=5)
        self.assertEqual(set(resync) - {"threadId", "payload"}, {"type", "oldest", "seq", "epoch"})
        self.assertEqual(resync["epoch"], epoch)
        return resync

    def test_a_since_ahead_of_us_is_answered_with_resync_and_live_events_follow(self):
        last = self.run_jobs(3)
        with WebSocket(self.daemon.port, since=last + 1000) as socket:
            epoch = socket.next_of("ready")["epoch"]
            self.assertEqual(self.assert_resync(socket, epoch)["seq"], last)
            self.run_jobs(1)
            self.assertEqual([m["seq"] for m in socket.until(lambda m: m["seq"] == last + 3)], [last + 1, last + 2, last + 3])

    def test_another_epoch_is_answered_with_resync(self):
        last = self.run_jobs(3)
        with WebSocket(self.daemon.port, since=1, epoch="of-another-store") as socket:
            epoch = socket.next_of("ready")["epoch"]
            resync = self.assert_resync(socket, epoch)
            self.assertEqual((resync["oldest"], resync["seq"]), (1, last))

    def test_the_same_epoch_replays_and_a_new_store_has_another(self):
        last = self.run_jobs(3)
        with WebSocket(self.daemon.port) as socket:
            epoch = socket.next()["epoch"]
        self.assertEqual(len(self.all_up_to(last, since=0, epoch=epoch)), last)
        self.daemon.restart()
        with WebSocket(self.daemon.port) as socket:
            self.assertEqual(socket.next()["epoch"], epoch, "the epoch is the store's, not the process's")
        other = Daemon().start()
        self.addCleanup(other.close)
        with WebSocket(other.port) as socket:
            self.assertNotEqual(socket.next()["epoch"], epoch)

    def test_the_same_over_server_sent_events(self):
        last = self.run_jobs(3)
        with EventStream(self.daemon.port, last_event_id=f"of-another-store:{last}") as stream:
            _, ready = stream.next()
            resync = stream.until(lambda m: m["type"] == "resync", 5)[-1][1]
            self.assertEqual((resync["seq"], resync["epoch"]), (last, ready["epoch"]))
        with EventStream(self.daemon.port, last_event_id=f"{ready['epoch']}:{last + 5}") as stream:
            stream.until(lambda m: m["type"] == "resync", 5)


class ServerSentEvents(EventsTest):
    def test_ids_are_epoch_and_seq_and_last_event_id_goes_on_exactly_there(self):
        last = self.run_jobs(10)
        with EventStream(self.daemon.port, since=0) as stream:
            self.assertEqual(stream.status, 200)
            self.assertTrue(stream.headers["content-type"].startswith("text/event-stream"))
            first_id, ready = stream.next()
            self.assertEqual((first_id, ready["type"]), (None, "ready"))
            everything = stream.until(lambda m: m["seq"] == last)
        self.assertEqual([event_id for event_id, _ in everything], [f"{ready['epoch']}:{seq}" for seq in range(1, last + 1)])
        self.assertEqual([message for _, message in everything], self.all_up_to(last, since=0), "the same as over the WebSocket")
        for at in (1, last // 2, last - 1):
            with EventStream(self.daemon.port, last_event_id=everything[at - 1][0]) as stream:
                stream.next()
                self.assertEqual(stream.until(lambda m: m["seq"] == last), everything[at:])

    def test_a_thread_can_be_asked_for(self):
        chat = self.client.new_chat()["sessionId"]
        with EventStream(self.daemon.port, thread=chat) as stream:
            self.assertEqual(stream.next()[1]["threadId"], chat)
            self.run_jobs(1)
            self.run_jobs(1, sourceSessionId=chat)
            heard = [m for _, m in stream.until(lambda m: m["type"] == "orchestrator_job_completed")]
        self.assertEqual([short(m) for m in heard if m["type"] in JOB_EVENTS], ["queued", "started", "completed"])
        self.assertEqual({m["threadId"] for m in heard if m["type"] in JOB_EVENTS}, {chat})


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
        crowd.wait_for(lambda: len(everything.seqs) >= 3 * count + 1, 240, "the unfiltered socket does not hear it all")
        last = everything.seqs[-1]
        crowd.wait_for(lambda: all(len(member.messages) >= 4 for member in crowd.members), 60, "a socket misses something")
        for member in crowd.members[:-1]:
            own = [m for m in member.messages if m["type"] in JOB_EVENTS]
            self.assertEqual(job_ids(own), {jobs[member.thread]}, "another's event leaked")
            self.assertEqual([short(m) for m in own], ["queued", "started", "completed"])
            self.assertEqual({m["threadId"] for m in own}, {member.thread})
            rest = [m for m in member.messages if m["type"] not in JOB_EVENTS]
            self.assertEqual([m["type"] for m in rest], ["project_upserted"], "and the broadcast once")
            self.assertEqual(member.seqs, sorted(set(member.seqs)))
            self.assertLessEqual(member.seqs[-1], last)
        self.assertEqual(job_ids(everything.messages), set(jobs.values()))

    def test_jobs_without_a_chat_are_heard_by_unfiltered_sockets_alone(self):
        chat = self.client.new_chat()["sessionId"]
        with WebSocket(self.daemon.port, thread=chat) as filtered, WebSocket(self.daemon.port) as unfiltered:
            filtered.next(), unfiltered.next()
            last = self.run_jobs(1)
            self.assertEqual([m["seq"] for m in unfiltered.until(lambda m: m["seq"] == last)], [last - 2, last - 1, last])
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
