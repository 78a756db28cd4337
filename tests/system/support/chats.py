"""Words for tests of chats: say something, wait for the turn's end, read the transcript, find hidden sessions."""

from .client import eventually
from .one_daemon import OneDaemon
from .work import a_diff, explain_row_id, file_change


class ChatTest(OneDaemon):
    """They make chats of their own on the daemon."""

    def act(self, session_id, tail, body=None, status=200, verb="POST"):
        return self.client.expect(status, verb, f"/api/sessions/{session_id}{tail}", body)

    def view(self, session_id):
        return self.client.expect(200, "GET", f"/api/sessions/{session_id}")


def transcript(client, session_id):
    return client.expect(200, "GET", f"/api/sessions/{session_id}")["transcript"]


def idle(client, session_id):
    view = client.expect(200, "GET", f"/api/sessions/{session_id}")
    settled = view["thread"]["status"]["type"] == "idle"
    return view if settled and all(row["status"] != "streaming" for row in view["transcript"]) else None


def say(client, session_id, text, wait=True, **members):
    """Sends a message; with `wait`, returns its turn's id once the turn's rows are all there."""
    sent = client.expect(202, "POST", f"/api/sessions/{session_id}/messages", {"text": text, **members})
    if wait:
        def said():
            view = idle(client, session_id)
            ended = view and any(turn["id"] == sent["turnId"] and turn["status"] != "inProgress"
                                 for turn in view["thread"]["turns"])
            return ended
        eventually(said, what="the turn does not end")
    return sent["turnId"]


def notify(client, session_id, body, status=202):
    return client.expect(status, "POST", f"/api/sessions/{session_id}/notifications", body)


def explained(client, session_id, turn, item, timeout=20.0):
    """The explanation's row once it is complete."""
    wanted = explain_row_id(session_id, turn, item)

    def done():
        for row in transcript(client, session_id):
            if row["messageId"] == wanted and row["status"] == "complete":
                return row
        return None
    return eventually(done, timeout, "the change is not explained")


def worker_of(client, project_id, agent="explainer"):
    """The id of a hidden session that works for the project; makes it work once."""
    chat = client.new_chat(project_id)["sessionId"]
    notify(client, chat, file_change(chat, "t_worker", "i_worker", diff=a_diff()))
    explained(client, chat, "t_worker", "i_worker")
    listed = client.expect(200, "GET", f"/api/projects/{project_id}/agent-sessions")["data"]
    return next(entry["sessionId"] for entry in listed if entry["agent"] == agent)
