"""Load for the crash test: client threads that keep their own record of what the daemon has acknowledged to them."""

import http.client
import json
import threading
import urllib.parse

from .work import JOB_EVENTS, TERMINAL, file_change

MAX_OPEN = 40  # more acknowledged jobs are not left waiting: the next life could not finish them


class Lost(Exception):
    """The daemon went away before it had answered: what was asked may or may not have been done."""


class Link:
    """One kept connection that never repeats a request by itself, so that every repetition is the caller's choice."""

    def __init__(self, port):
        self.port, self.connection = port, None

    def ask(self, verb, path, body=None, key=None):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if key:
            headers["Idempotency-Key"] = key
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self.connection.request(verb, path, json.dumps(body) if body is not None else None, headers)
            answer = self.connection.getresponse()
            data = answer.read()
            if answer.will_close:
                self.drop()
            reply = json.loads(data)
            if answer.status == 503 and "shutting_down" in (reply.get("code"), reply.get("error")):
                raise Lost("it is shutting down")
            return answer.status, reply
        except (OSError, http.client.HTTPException) as error:
            self.drop()
            raise Lost(str(error)) from error

    def drop(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Record:
    """What was acknowledged, and what is open of it. Written by the load's threads, read by the checker."""

    def __init__(self):
        self.lock = threading.Lock()
        self.jobs = {}        # job id → {"kind", "marker"?, "requestKey"?, "owner", "session"?}
        self.markers = {}     # marker → "acknowledged", or "unknown" where the reply was lost
        self.items = set()    # (session, turn, item) of file changes that were accepted
        self.cancels = {}     # job id → the job as the reply to a cancel showed it
        self.said = {}        # text of a message or steer → (session, "accepted", "refused", or "unknown" where the reply was lost)
        self.ends = {}        # job id → the terminal job that some reply showed
        self.wrongs = []
        self.counts = {}
        self.open = set()     # acknowledged or heard of, and not ended by the event log
        self.ended = set()

    def count(self, what, by=1):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + by

    def wrong(self, sentence):
        with self.lock:
            self.wrongs.append(sentence)

    def acknowledge(self, job_id, **facts):
        with self.lock:
            known = self.jobs.setdefault(job_id, facts)
            if known.get("marker") != facts.get("marker"):
                self.wrongs.append(f"{job_id} was given for two requests: {known} and {facts}")
            if "marker" in facts:
                self.markers[facts["marker"]] = "acknowledged"
            if job_id not in self.ended:
                self.open.add(job_id)

    def saw(self, job):
        """A reply showed this job: once terminal, always so."""
        if job["state"] not in TERMINAL:
            return
        with self.lock:
            before = self.ends.setdefault(job["id"], job)
        if before != job:
            self.wrong(f"{job['id']} was terminal and changed: {before} became {job}")

    def heard(self, event):
        if event["type"] not in JOB_EVENTS:
            return
        job_id = event["payload"]["jobId"]
        with self.lock:
            if event["payload"]["state"] in TERMINAL:
                self.ended.add(job_id)
                self.open.discard(job_id)
            elif job_id not in self.ended:
                self.open.add(job_id)

    def open_jobs(self):
        with self.lock:
            return sorted(self.open)


class Controls:
    """The load's view of the daemon's lives: `life` counts them, `running` is false between and `ending` at the last."""

    def __init__(self):
        self.changed = threading.Condition()
        self.life, self.running, self.ending = 0, False, False

    def begin_life(self):
        with self.changed:
            self.life, self.running = self.life + 1, True
            self.changed.notify_all()

    def end_life(self):
        with self.changed:
            self.running = False

    def end(self):
        with self.changed:
            self.ending = True
            self.changed.notify_all()

    def wait_alive(self):
        """The number of the life, as soon as there is one; with `ending` set, of the last one."""
        with self.changed:
            self.changed.wait_for(lambda: self.running or self.ending)
            return self.life

    def wait_after(self, life):
        with self.changed:
            self.changed.wait_for(lambda: self.life > life or self.ending)


class Load(threading.Thread):
    """One client. What it does next is drawn from its own random source."""

    def __init__(self, number, port, chats, record, controls, random):
        super().__init__(daemon=True, name=f"load {number}")
        self.number, self.chats, self.record, self.controls, self.random = number, chats, record, controls, random
        self.link = Link(port)
        self.serial = 0

    def run(self):
        while not self.controls.ending:
            self.controls.wait_alive()
            if self.controls.ending:
                return
            try:
                self.choose()()
            except Lost:
                self.record.count("requests without a key or repetition lost")
            except Exception as error:  # a mistake of the test must not pass as silence
                self.record.wrong(f"{self.name}: {error!r}")
            # A pace, not a wait for something: the load is to be spread over the life.
            threading.Event().wait(self.random.uniform(0.002, 0.012))

    def choose(self):
        kinds, weights = [self.cancel, self.look], [3, 3]
        if len(self.record.open_jobs()) < MAX_OPEN:
            kinds += [self.noop, self.explain, self.suggest, self.talk]
            weights += [11, 5, 2, 3]
        return self.random.choices(kinds, weights)[0]

    def name_of(self, kind):
        self.serial += 1
        return f"{kind}-{self.number}-{self.serial}"

    def sure(self, verb, path, body=None, key=None):
        """Asks again, life after life, until it is answered."""
        while True:
            life = self.controls.wait_alive()
            try:
                return self.link.ask(verb, path, body, key)
            except Lost:
                self.after_loss(life)

    def after_loss(self, life):
        self.record.count("requests repeated after a lost reply")
        if self.controls.ending:
            # The last life stays up: a moment for it to accept.
            threading.Event().wait(0.05)
        else:
            self.controls.wait_after(life)

    def expect(self, status, reply, what):
        if reply[0] != status:
            self.record.wrong(f"{what}: {reply[0]} instead of {status}: {json.dumps(reply[1])[:300]}")
        return reply[0] == status

    def noop(self):
        chat = self.random.choice(self.chats)
        marker = self.name_of("n")
        payload = {"result": {"marker": marker}, "priority": self.random.choice(["interactive", "background"])}
        if self.random.random() < 0.8:
            payload["sleepMs"] = int(self.random.choice([1, 10, 30, 60]))
        if self.random.random() < 0.2:
            payload["fail"] = self.random.choice(["retryable", "retryable", "fatal"])
        if self.random.random() < 0.05:
            payload["ignoreCancel"] = True
        body = {"type": "noop", "projectId": chat["projectId"], "payload": payload}
        if self.random.random() < 0.5:
            body["sourceSessionId"] = chat["sessionId"]
        with_key = self.random.random() < 0.6
        with self.record.lock:
            self.record.markers[marker] = "unknown"
        ask = self.sure if with_key else self.link.ask
        reply = ask("POST", "/api/orchestrator/jobs", body, f"key-{marker}" if with_key else None)
        if self.expect(202, reply, "enqueue of a noop"):
            self.record.acknowledge(reply[1]["jobId"], kind="noop", marker=marker, owner=chat["projectId"])

    def explain(self):
        chat = self.random.choice(self.chats)
        turn, item = f"turn-{self.random.randrange(12)}", self.name_of("item")
        notice = file_change(chat["sessionId"], turn, item, path=f"src/part_{self.number}.py")
        if not self.expect(202, self.sure("POST", f"/api/sessions/{chat['sessionId']}/notifications", notice), "a notification"):
            return
        if self.random.random() < 0.2:  # an agent that says it twice
            self.expect(202, self.sure("POST", f"/api/sessions/{chat['sessionId']}/notifications", notice), "the same again")
        with self.record.lock:
            self.record.items.add((chat["sessionId"], turn, item))

    def suggest(self):
        chat = self.random.choice(self.chats)
        path = f"/api/sessions/{chat['sessionId']}/suggested-reply/jobs"
        reply = self.sure("POST", path, {"draft": "Please go on"}, self.name_of("click"))
        if self.expect(202, reply, "a click"):
            self.record.acknowledge(reply[1]["jobId"], kind="suggest_reply", session=chat["sessionId"],
                                    requestKey=reply[1]["requestKey"], owner=chat["projectId"])

    def talk(self):
        """A message, and now and then one that joins its turn: asked once each, so that twice in the transcript is wrong."""
        session = self.random.choice(self.chats)["sessionId"]
        text = f"/pause {self.random.choice([1, 20, 60])}ms {self.name_of('say')}"
        when_busy = self.random.choice(["reject", "queue", "queue", "steer", "interrupt"])
        reply = self.tell(session, text, "/messages", {"text": text, "whenBusy": when_busy}, 202)
        if reply.get("turnId") and self.random.random() < 0.5:
            more = self.name_of("steer")
            self.tell(session, more, f"/turns/{reply['turnId']}/steer", {"input": more}, 200)

    def tell(self, session, text, tail, body, accepted):
        with self.record.lock:
            self.record.said[text] = (session, "unknown")
        status, reply = self.link.ask("POST", f"/api/sessions/{session}{tail}", body)
        if status not in (accepted, 409):
            self.record.wrong(f"{tail} of {text}: {status} {json.dumps(reply)[:300]}")
        with self.record.lock:
            self.record.said[text] = (session, "accepted" if status == accepted else "refused")
        return reply if status == accepted else {}

    def some_open_job(self):
        jobs = self.record.open_jobs()
        return self.random.choice(jobs) if jobs else None

    def cancel(self):
        job_id = self.some_open_job()
        if not job_id or self.random.random() < 0.5:
            return
        status, reply = self.link.ask("POST", f"/api/orchestrator/jobs/{urllib.parse.quote(job_id)}/cancel")
        if status == 200:
            with self.record.lock:
                self.record.cancels.setdefault(job_id, reply["job"])
        elif status == 409 and reply.get("status") == "already_terminal":
            self.record.count("cancels that came too late")
        elif status != 409:
            self.record.wrong(f"cancel of {job_id}: {status} {json.dumps(reply)[:300]}")
        if "job" in reply:
            self.record.saw(reply["job"])

    def look(self):
        job_id = self.some_open_job()
        if not job_id:
            return
        reply = self.link.ask("GET", f"/api/orchestrator/jobs/{urllib.parse.quote(job_id)}")
        if self.expect(200, reply, f"a look at {job_id}, which was acknowledged"):
            self.record.saw(reply[1]["job"])
