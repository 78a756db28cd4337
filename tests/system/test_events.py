#!/usr/bin/env python3
"""The event feed: catching up without gap or repeat on WebSocket and Server-Sent Events, and resync where it cannot be."""

import threading
import unittest

from support.client import Client, eventually
from support.daemon import Daemon
from support.events import EventsTest
from support.recorder import SocketFollower, StreamFollower
from support.sse import EventStream
from support.work import JOB_EVENTS, short
from support.ws import WebSocket


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
            client = Client(self.daemon.port)
            while not done.is_set():
                client.wait_job(client.enqueue("noop", "busy", {"priority": "interactive"})["jobId"])
        loader = threading.Thread(target=load)
        loader.start()
        try:
            heard, position = [], 0
            for _ in range(40):
                since = max(0, position - 200)  # not all there is: that would grow while it is being told
                with WebSocket(self.daemon.port, since=since) as socket:
                    position = socket.next()["seq"]
                    heard.append((since, [m["seq"] for m in socket.until(lambda m: m["seq"] >= position + 5, 30)]))
        finally:
            done.set()
            loader.join()
        for since, seqs in heard:
            self.assertEqual(seqs, list(range(since + 1, since + len(seqs) + 1)))

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
        self.assertEqual(self.run_jobs(1), last + 6, "and counting goes on where it was")

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
    env = {"LANEKEEPER_EVENT_RETENTION_COUNT": 1000}

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

    def test_a_since_that_is_no_longer_kept_is_answered_with_resync_and_the_oldest_that_is(self):
        for _ in range(9):
            last = self.run_jobs(40)
        self.daemon.restart()  # what is too much is removed in the first moments, and then now and then
        def oldest():
            with WebSocket(self.daemon.port, since=0) as socket:
                answer = socket.until(lambda m: m["type"] != "ready")[-1]
                return answer["oldest"] if answer["type"] == "resync" and last - answer["oldest"] <= 1000 else None
        oldest = eventually(oldest, 30, "too much is kept")
        with WebSocket(self.daemon.port, since=oldest - 2) as socket:
            self.assertEqual(self.assert_resync(socket, socket.next()["epoch"])["seq"], last)
        kept = self.all_up_to(last, since=oldest - 1)
        self.assertEqual([m["seq"] for m in kept], list(range(oldest, last + 1)))

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


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
