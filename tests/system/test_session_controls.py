#!/usr/bin/env python3
"""What turns run with, per chat and by default, and the settings of clients."""

import unittest

from support.chats import ChatTest, say, transcript
from support.daemon import Daemon
from support.ws import WebSocket


class Controls(ChatTest):
    def test_controls_of_a_chat_are_changed_and_a_row_says_so(self):
        chat = self.client.new_chat()["sessionId"]
        say(self.client, chat, "hello")
        with WebSocket(self.daemon.port, thread=chat) as socket:
            reply = self.act(chat, "/session-controls", {"scope": "session", "controls": {"model": "m-2", "approvalPolicy": "never"},
                                                         "actor": "ann", "source": "test"})
            heard = socket.next_of("transcript_updated")["payload"]
        self.assertEqual((reply["status"], reply["scope"], reply["sessionId"]), ("ok", "session", chat))
        self.assertEqual((reply["controls"]["model"], reply["applied"]["approvalPolicy"]), ("m-2", "never"))
        self.assertEqual(reply["defaults"]["model"], None)
        self.assertTrue(reply["defaultsEditable"])
        self.assertIsNone(reply["defaultLockReason"])
        self.assertIn("m-2", reply["summary"])
        rows = transcript(self.client, chat)
        self.assertEqual(rows[-1]["type"], "session.controls.updated")
        self.assertEqual(rows[-1], heard["entry"])
        same = self.act(chat, "/session-controls", {"scope": "session", "controls": {"model": "m-2"}})
        self.assertEqual(same["status"], "unchanged")
        self.assertEqual(len(transcript(self.client, chat)), len(rows))
        read = self.act(chat, "/session-controls", verb="GET")
        self.assertEqual(read["controls"], reply["controls"])
        self.assertNotIn("applied", read)

    def test_the_approval_policy_has_a_route_of_its_own(self):
        chat = self.client.new_chat()["sessionId"]
        reply = self.act(chat, "/approval-policy", {"approvalPolicy": "untrusted"})
        self.assertEqual(reply, {"status": "ok", "sessionId": chat, "approvalPolicy": "untrusted"})
        self.assertEqual(self.view(chat)["session"]["approvalPolicy"], "untrusted")
        self.act(chat, "/approval-policy", {"approvalPolicy": "maybe"}, 400)

    def test_settings_are_merged_replaced_read_and_removed(self):
        chat = self.client.new_chat()["sessionId"]
        reply = self.act(chat, "/settings", {"scope": "session", "settings": {"a": 1, "b": {"c": 2}}, "mode": "merge"})
        self.assertEqual((reply["status"], reply["settings"]), ("ok", {"a": 1, "b": {"c": 2}}))
        self.assertEqual(self.act(chat, "/settings", {"scope": "session", "key": "a", "value": None})["settings"]["a"], None)
        self.assertEqual(self.act(chat, "/settings", {"key": "a", "value": None})["status"], "unchanged")
        one = self.act(chat, "/settings?key=b", verb="GET")
        self.assertEqual((one["found"], one["value"]), (True, {"c": 2}))
        self.assertEqual(self.act(chat, "/settings?key=zz", verb="GET")["found"], False)
        self.assertEqual(self.act(chat, "/settings", {"settings": {"d": 1}, "mode": "replace"})["settings"], {"d": 1})
        gone = self.act(chat, "/settings/d", verb="DELETE")
        self.assertEqual((gone["status"], gone["removed"], gone["settings"]), ("ok", True, {}))
        self.assertEqual(self.act(chat, "/settings/d", verb="DELETE")["removed"], False)
        for body in ({}, {"key": "a"}, {"settings": {}, "key": "a", "value": 1}, {"settings": []}, {"scope": "world", "settings": {}}):
            self.act(chat, "/settings", body, 400)
        self.assertEqual(self.act(chat, "/settings", {"settings": {"big": "x" * 70000}}, 400)["issues"][0]["path"], ["settings"])
        self.act(chat, "/settings?scope=world", verb="GET", status=400)


class Defaults(unittest.TestCase):
    def test_defaults_are_changed_for_new_chats_and_survive_a_restart(self):
        with Daemon() as daemon:
            client = daemon.client
            old = client.new_chat()["sessionId"]
            path = f"/api/sessions/{old}/session-controls"
            reply = client.expect(200, "POST", path, {"scope": "default", "controls": {"model": "m-9", "networkAccess": "enabled"}})
            self.assertEqual((reply["status"], reply["defaults"]["model"], reply["controls"]["model"]), ("ok", "m-9", None))
            self.assertEqual(client.new_chat()["sessionControls"]["model"], "m-9")
            daemon.restart()
            self.assertEqual(daemon.client.new_chat()["sessionControls"]["networkAccess"], "enabled")
            self.assertEqual(daemon.client.expect(200, "GET", path)["controls"]["model"], None)

    def test_locked_defaults_answer_423_and_chats_can_still_change(self):
        with Daemon(env={"SESSION_DEFAULTS_LOCKED": "true", "DEFAULT_APPROVAL_POLICY": "never"}) as daemon:
            client = daemon.client
            chat = client.new_chat()
            self.assertEqual(chat["approvalPolicy"], "never")
            path = f"/api/sessions/{chat['sessionId']}/session-controls"
            reply = client.expect(423, "POST", path, {"scope": "default", "controls": {"model": "m"}})
            self.assertEqual((reply["status"], reply["scope"]), ("locked", "default"))
            self.assertIn("message", reply)
            read = client.expect(200, "GET", path)
            self.assertFalse(read["defaultsEditable"])
            self.assertTrue(read["defaultLockReason"])
            self.assertEqual(client.expect(200, "POST", path, {"scope": "session", "controls": {"model": "m"}})["status"], "ok")


if __name__ == "__main__":
    unittest.main(verbosity=2)
