#!/usr/bin/env python3
"""Quotas and rate limits of the provider, as codex tells them: jobs wait until the time that was named, spend no attempt, and
say why."""

import datetime
import time
import unittest

from support.client import eventually
from support.codex import CodexTest
from support.suggesting import SUGGEST, Oriented


class Quota(Oriented, CodexTest):
    def put_off(self, job_id):
        def look():
            job = self.client.job(job_id)
            return job if job["nextAttemptAt"] and job["state"] == "queued" else None
        job = eventually(look, 20.0, "the job does not wait")
        self.assertEqual(job["attempts"], 0, job)
        self.assertTrue(job["error"].startswith("snoozed: quota: "), job["error"])
        return job

    def limited(self, **failure):
        """A job that met this; → it, and for how many seconds it is put off."""
        play = self.model.on(SUGGEST, reply="at last").fail(**failure)
        self.addCleanup(play.failures.clear)
        job = self.put_off(self.suggest())
        until = datetime.datetime.fromisoformat(job["nextAttemptAt"].replace("Z", "+00:00")).timestamp()
        return play, job, until - time.time()

    def test_a_spent_window_that_the_provider_names_puts_the_job_off_until_it_opens(self):
        opens = int(time.time()) + 1800
        _, job, span = self.limited(status=429, error={"type": "usage_limit_reached"}, headers={
            "x-codex-primary-used-percent": "100.0", "x-codex-primary-window-minutes": "300",
            "x-codex-primary-reset-at": opens, "x-codex-secondary-used-percent": "30.0",
            "x-codex-secondary-window-minutes": "10080", "x-codex-secondary-reset-at": opens + 100000})
        self.assertAlmostEqual(span, 1800, delta=30)
        self.assertIn("usage limit", job["error"])
        self.cancel(job["id"])

    def test_a_time_that_only_the_error_names_counts_too(self):
        _, job, span = self.limited(status=429, error={"type": "usage_limit_reached", "plan_type": "pro",
                                                       "resets_at": int(time.time()) + 50 * 3600})
        self.assertAlmostEqual(span, 50 * 3600, delta=120)
        self.cancel(job["id"])

    def test_a_reset_that_is_too_far_away_is_looked_at_after_a_week(self):
        _, job, span = self.limited(status=429, error={"type": "usage_limit_reached", "plan_type": "pro",
                                                       "resets_at": int(time.time()) + 60 * 86400})
        self.assertAlmostEqual(span, 7 * 86400, delta=120)
        self.cancel(job["id"])

    def test_a_rate_limit_that_names_a_span_is_tried_again_after_it_and_then_succeeds(self):
        play, job, span = self.limited(code="rate_limit_exceeded", error={"message": "Rate limit reached. Please try again in 2.5s."})
        self.assertLess(span, 3)
        play.failures.clear()
        job = self.client.wait_job(job["id"])
        self.assertEqual((job["state"], job["result"]["suggestion"]), ("completed", "at last"))
        self.assertEqual((job["run"], job["attempts"]), (2, 1))
        self.assertGreaterEqual(job["run"], 2)

    def test_a_bare_429_is_put_off_by_a_time_of_our_own(self):
        play, job, span = self.limited(status=429)
        self.assertAlmostEqual(span, 15, delta=4)
        self.cancel(job["id"])
        play.failures.clear()

    def test_a_quota_without_a_time_is_put_off(self):
        _, job, span = self.limited(code="insufficient_quota")
        self.assertAlmostEqual(span, 15, delta=4)
        self.cancel(job["id"])

    def test_a_server_error_is_no_quota_and_spends_attempts(self):
        play = self.model.on(SUGGEST, reply="never").fail(status=500)
        self.addCleanup(play.failures.clear)
        job = self.client.wait_job(self.suggest())
        self.assertEqual((job["state"], job["attempts"]), ("failed", job["maxAttempts"]))
        self.assertIn("turn_failed", job["error"])

    def test_a_limit_of_one_lane_is_no_matter_of_another(self):
        _, job, _ = self.limited(status=429)
        other = self.client.new_project("another lane")["projectId"]
        self.assertEqual(self.client.wait_job(self.client.enqueue("noop", other)["jobId"])["state"], "completed")
        self.assertEqual(self.client.job(job["id"])["state"], "queued")
        self.cancel(job["id"])


if __name__ == "__main__":
    unittest.main()
