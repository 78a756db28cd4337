"""Jobs that suggest a reply, in a chat of a project of their own."""

SUGGEST = "Suggest the next message"


class Suggesting:
    """Beside CodexTest, or one made of it: `class T(Suggesting, CodexTest)`."""

    def setUp(self):
        super().setUp()
        self.project = self.own_project()
        self.talk = self.chat(self.project)
        self.ended(self.talk, self.send(self.talk, self.id())["turnId"])

    def suggest(self):
        return self.client.expect(202, "POST", f"/api/sessions/{self.talk}/suggested-reply/jobs", {})["jobId"]

    def cancel(self, job_id, status=200):
        return self.client.expect(status, "POST", f"/api/orchestrator/jobs/{job_id}/cancel")

    def hold(self, reply="too late"):
        """The model does not answer until it is released, or the test is over."""
        play = self.model.on(SUGGEST, reply=reply).hold()
        self.addCleanup(play.release)
        return play


class Oriented(Suggesting):
    """The worker is there, and has been told who it is."""

    def setUp(self):
        super().setUp()
        self.model.on(SUGGEST, reply="first")
        self.assertEqual(self.client.wait_job(self.suggest())["state"], "completed")
