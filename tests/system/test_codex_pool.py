#!/usr/bin/env python3
"""Jobs of the pool on the real codex: free words run as turns of hidden sessions, with the tokens that codex counts."""

import unittest

from support.codex import CodexTest


class Pool(CodexTest):
    def submit(self, **members):
        return self.client.expect(201, "POST", "/api/jobs", members)["jobId"]

    def ended(self, job_id):
        return self.client.expect(200, "GET", f"/api/jobs/{job_id}?wait=60s")

    def test_a_prompt_is_a_turn_whose_tokens_are_those_that_codex_counted_for_it_alone(self):
        self.model.on("Count the berths", reply="There are seven.")
        for _ in range(2):  # the first may come with the turn in which the worker is told who it is
            job = self.ended(self.submit(type="survey", prompt="Count the berths."))
            self.assertEqual((job["status"], job["result"]), ("completed", {"output": "There are seven.", "source": "codex"}), job)
            self.assertEqual(job["tokenUsage"], {"input": 10, "output": 5})
        workers = self.client.expect(200, "GET", "/api/jobs/workers")["workers"]
        self.assertEqual(sum(worker["tokens"]["input"] for worker in workers), 20)
        self.assertEqual(sum(worker["tokens"]["output"] for worker in workers), 10)

    def test_what_a_job_depends_on_is_in_its_prompt(self):
        self.model.on("Count the berths", reply="There are seven.")
        self.model.on("There are seven", reply="Seven berths are free.")
        first = self.submit(type="survey", prompt="Count the berths.")
        job = self.ended(self.submit(type="report", prompt="Write one line about them.", dependencies=[first]))
        self.assertEqual(job["result"]["output"], "Seven berths are free.")
        self.assertEqual(job["dependencyResults"], {first: {"output": "There are seven.", "status": "completed"}})


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
