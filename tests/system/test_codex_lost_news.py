#!/usr/bin/env python3
"""What the real codex tells and nobody hears: that a turn began, as it does late at every review; that a file change ended."""

import unittest

from support.client import eventually
from support.codex import patch
from support.gates import GatedTest


class LostNews(GatedTest):
    def restart(self):
        self.daemon.kill()
        self.daemon.start()
        type(self).client = self.daemon.client

    def rows(self, chat, kind):
        return [row for row in self.view(chat)["transcript"] if row["type"] == kind]


class UnheardStarts(LostNews):
    def review(self, words):
        """A review that the model does not answer, and that codex was not heard to begin; → its chat, turn and play."""
        play = self.model.on(words, reply="none found").hold()
        self.addCleanup(play.release)
        chat = self.chat()
        self.ended(chat, self.send(chat, "before")["turnId"])
        lost = self.gate("drop", "turn/started")
        target = {"target": {"type": "custom", "instructions": words}}
        turn = self.client.expect(200, "POST", f"/api/sessions/{chat}/review", target)["result"]["turn"]["id"]
        eventually(lambda: self.model.calls(words), what="the model is not asked")
        eventually(lambda: self.turn(chat, turn), what="the turn is not in the chat")
        self.open_gate(lost)
        return chat, turn, play

    def assert_runs(self, chat, turn):
        view = self.view(chat)
        self.assertEqual(self.turn(chat, turn)["status"], "inProgress")
        self.assertEqual(view["thread"]["activeTurnId"], turn)
        self.assertEqual(self.send(chat, "are you there", status=409)["turnId"], turn)

    def test_a_review_is_under_way_until_it_ends(self):
        chat, turn, play = self.review("look for holes")
        self.assert_runs(chat, turn)
        play.release()
        self.assertEqual(self.ended(chat, turn), "completed")
        self.assertIn("none found", self.said(chat)[-1])
        self.assertEqual(self.ended(chat, self.send(chat, "thank you")["turnId"]), "completed")

    def test_a_review_that_dies_with_the_daemon_is_said_to_be_cut_off(self):
        chat, turn, _ = self.review("look for more holes")
        self.assert_runs(chat, turn)
        self.restart()
        self.assertEqual(self.ended(chat, turn), "interrupted")
        self.assertEqual(len(self.rows(chat, "enteredReviewMode")), 1)
        self.assertEqual(self.ended(chat, self.send(chat, "go on")["turnId"]), "completed")

    def test_a_review_that_dies_with_codex_is_said_to_be_cut_off(self):
        chat, turn, _ = self.review("look for other holes")
        self.assert_runs(chat, turn)
        self.back_after(self.kill_codex())
        self.assertEqual(self.ended(chat, turn), "interrupted")
        self.assertEqual(self.ended(chat, self.send(chat, "go on")["turnId"]), "completed")


class UnheardChanges(LostNews):
    def setUp(self):
        self.project = self.own_project()
        self.model.on("Explain", reply="It adds two lines.")

    def explanations(self):
        """The jobs of the project that explain a change, and that all have ended."""
        jobs = self.client.expect(200, "GET", f"/api/projects/{self.project}/orchestrator/jobs?limit=200")["data"]
        return [job for job in jobs if job["type"] == "file_change_explain"]

    def changing(self, words):
        """A chat whose turn changes a file, which is heard to begin and not to end; the turn waits for its play."""
        play = self.model.on(words, reply="changed", calls=[patch("notes.txt", content="a\nb")]).hold()
        self.addCleanup(play.release)
        chat = self.chat(self.project)
        self.ended(chat, self.send(chat, "before")["turnId"])
        lost = self.gate("drop", "item/completed")
        turn = self.send(chat, words)["turnId"]
        eventually(lambda: self.model.results(words), what="the file is not changed")
        eventually(lambda: self.rows(chat, "fileChange"), what="the change is not in the chat")
        self.assertEqual(self.rows(chat, "fileChange")[0]["status"], "streaming")
        self.open_gate(lost)
        return chat, turn, play

    def assert_explained_once(self, chat, turn):
        self.assertEqual(self.ended(chat, turn), "completed")

        def explained():
            rows = self.rows(chat, "fileChange.explainability")
            return rows if rows and all(row["status"] == "complete" for row in rows) else None
        rows = eventually(explained, 30.0, "the change is not explained")
        self.assertEqual([row["content"] for row in rows], ["It adds two lines."])
        change, = self.rows(chat, "fileChange")
        self.assertEqual((change["status"], '"status":"completed"' in change["details"]), ("complete", True))
        self.assertEqual([job["state"] for job in self.explanations()], ["completed"])
        self.assertEqual(self.said(chat, "user"), ["before", self.words])

    def test_a_change_is_explained_when_its_turn_ends(self):
        self.words = "change the file unheard"
        chat, turn, play = self.changing(self.words)
        self.assertEqual(self.explanations(), [])
        play.release()
        self.assert_explained_once(chat, turn)

    def test_a_change_is_explained_when_the_end_of_its_turn_is_read(self):
        self.words = "change the file and end unheard"
        chat, turn, play = self.changing(self.words)
        lost = self.gate("drop", "turn/completed")
        play.release()
        self.written(self.words)
        eventually(lambda: self.turn(chat, turn)["status"] != "inProgress", 30.0, "the end is not read")
        self.open_gate(lost)
        self.assert_explained_once(chat, turn)

    def test_a_change_is_explained_after_a_restart_over_its_turn(self):
        self.words = "change the file and lose the daemon"
        chat, turn, play = self.changing(self.words)
        lost = self.gate("drop", "turn/completed")
        play.release()
        self.written(self.words)
        self.open_gate(lost)
        self.restart()
        self.assert_explained_once(chat, turn)


if __name__ == "__main__":
    unittest.main()
