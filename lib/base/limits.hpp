#pragma once
#include "base/time.hpp"

#include <cstddef>

/// Every bound that is not a setting, with what happens when it is reached. Those that operators choose are in
/// "base/settings.hpp". Sizes are bytes unless a name says characters (Unicode code points) or counts something else.
namespace lanekeeper::limits {

using namespace std::chrono_literals;

inline constexpr std::size_t kib = 1024;
inline constexpr std::size_t mib = 1024 * kib;

// HTTP requests (api.md 1).
inline constexpr std::size_t header_block = 16 * kib;      // over: 431, connection closed
inline constexpr std::size_t request_target = 8 * kib;     // over: 414, connection closed
inline constexpr std::size_t json_depth = 64;              // deeper: 400 invalid_json
inline constexpr std::size_t discard_bytes = 8 * mib;      // read after an early refusal, then the connection is cut
inline constexpr Millis discard_time = 1s;                 // the same, in time
inline constexpr Millis header_time = 10s;                 // slower: 408, closed
inline constexpr Millis body_time = 30s;                   // without the whole body: 408, closed
inline constexpr Millis write_time = 30s;                  // a reply that nobody reads: connection cut
inline constexpr Millis keep_alive_idle = 60s;             // no next request: closed
inline constexpr std::size_t issues_per_reply = 100;       // further ones are left out
inline constexpr std::size_t idempotency_key_chars = 200;  // longer: 400
inline constexpr std::size_t request_id_chars = 128;       // longer X-Request-Id: replaced by one of ours
inline constexpr std::chrono::hours idempotency_keep{24};  // then the key is free again
inline constexpr Millis long_poll = 60s;                   // longer ?wait= is clamped
inline constexpr Millis accept_retry = 100ms;              // pause after accept ran out of a resource

// Sockets that hear events (api.md 7).
inline constexpr std::size_t outbox_messages = 1000;  // over: backlog dropped, closed 1013 with the last seq
inline constexpr std::size_t outbox_bytes = 8 * mib;  // the same
inline constexpr Millis write_stall = 5s;             // a write under way that does not end: connection cut
inline constexpr std::size_t ws_message = 64 * kib;   // larger inbound message: 1009
inline constexpr Millis ws_ping_after = 20s;          // silence: ping
inline constexpr Millis ws_idle = 40s;                // silence: closed
inline constexpr Millis ws_close_time = 2s;           // a close handshake that nobody answers: connection cut
inline constexpr std::size_t ws_threads = 1000;       // threads one socket may subscribe to: error reply beyond
inline constexpr std::size_t replay_page = 500;       // retained events read from the store at a time
inline constexpr std::size_t replay_buffer = 10'000;  // live events held back during a replay; over: resync
inline constexpr std::size_t thread_id_chars = 256;   // longer: 400

// Lists (api.md 3 to 5).
inline constexpr std::size_t page_default = 50;
inline constexpr std::size_t page_max = 1000;          // jobs, lanes: a larger limit is 400
inline constexpr std::size_t sessions_page_max = 200;  // sessions: the same
inline constexpr std::size_t paused_in_health = 100;   // further paused lanes are left out of the list

// Texts that people type: longer is 400 invalid_request.
inline constexpr std::size_t project_name_chars = 120;
inline constexpr std::size_t title_chars = 200;
inline constexpr std::size_t draft_chars = 4000;
inline constexpr std::size_t owner_id_chars = 128;
inline constexpr std::size_t message_chars = 1'048'576;
inline constexpr std::size_t path_chars = 4096;
inline constexpr std::size_t setting_key_chars = 128;

// Jobs (queue.md).
inline constexpr std::size_t job_payload = 1 * mib;                    // larger: 400
inline constexpr std::size_t job_result = 1 * mib;                     // larger: the attempt fails, fatal
inline constexpr std::size_t job_progress = 16 * kib;                  // larger: that progress is dropped, and logged
inline constexpr std::size_t job_error_chars = 2000;                   // longer: cut
inline constexpr std::size_t dependency_chain = 10'000;                // what a job depends on, in one reply; more is left out
inline constexpr int worker_failures = 5;                              // in a row: that worker of the pool is replaced
inline constexpr int job_attempts_max = 100;                           // a definition's own maxAttempts is held to it
inline constexpr Millis job_delay_max = std::chrono::hours{24 * 365};  // a later retry or snooze is brought forward
inline constexpr std::size_t effects_per_commit = 128;                 // more from one hook: the attempt fails, fatal
inline constexpr std::size_t instruction_chars = 200'000;              // of an agent's instruction; longer: 400
inline constexpr std::size_t supplemental_targets = 8;                 // rows that a job keeps up to date; more: 400
inline constexpr std::size_t intents = 32;                             // in one answer of an agent; more: the job fails
inline constexpr std::size_t intents_bytes = 512 * kib;                // of all of them as JSON; larger: the job fails
inline constexpr Millis kept_after_end = 60s;                          // retention spares jobs that ended within it
inline constexpr std::size_t retention_batch = 200;                    // rows removed at a time; the rest next time
inline constexpr std::size_t abandoned_named = 20;                     // abandoned runners that one log line names
inline constexpr std::size_t explain_sweep = 20;                       // deferred explanations taken up at a time

// Workers in any language (jobs-family.md).
inline constexpr std::size_t claims_waiting = 1000;        // more: 429 queue_full, scope claims
inline constexpr std::size_t claims_per_socket = 16;       // that wait on one WebSocket; more: refused, the same
inline constexpr std::size_t claim_types = 64;             // in one claim; more: 400
inline constexpr std::size_t worker_id_chars = 128;        // longer: 400
inline constexpr Millis lease_min = 1s;                    // a shorter lease: 400
inline constexpr Millis lease_max = 600s;                  // a longer one: the same
inline constexpr Millis lease_after_restart = 30s;         // for workers to be heard of again
inline constexpr Millis remote_cancel_grace = 30s;         // for a worker to end what it was asked to end
inline constexpr std::size_t workers_remembered = 1000;    // the one silent for longest is forgotten
inline constexpr Millis worker_forgotten_after = 600s;     // not in the list of workers any more

// Bulk submissions (jobs-family.md).
inline constexpr std::size_t bulk_jobs = 1000;           // more: 400
inline constexpr std::size_t notifications_bulk = 1000;  // more in one request: 400
inline constexpr std::size_t workflow_nodes = 10'000;    // more: 400
inline constexpr std::size_t workflow_edges = 50'000;    // more: 400

// Schedules (jobs-family.md).
inline constexpr std::size_t schedules = 10'000;                 // more: 409 too_many_schedules
inline constexpr std::size_t cron_chars = 256;                   // longer: 400
inline constexpr Millis schedule_grace = 60s;                    // a slot taken up so late is still on time
inline constexpr Millis schedule_look = 60s;                     // a wall clock that jumps is noticed within it
inline constexpr Millis schedule_retry = 1s;                     // a slot that got no job: again, then after twice the time
inline constexpr Millis schedule_retry_max = 60s;                // but not later
inline constexpr std::size_t settled_ranges = 16;                // runs of slots that a schedule remembers one by one

// The store: its thread takes what waits in one transaction.
inline constexpr std::size_t commit_batch = 256;       // mutations in one transaction; the rest in the next
inline constexpr std::size_t commit_waiting = 20'000;  // more: 503 storage_unavailable at admission
inline constexpr std::size_t wal_pages = 1000;         // WAL size that starts a checkpoint
inline constexpr Millis storage_probe = 1s;            // between attempts to write again after disk trouble

// Metrics and logs (queue.md 12).
inline constexpr std::size_t metric_lanes = 100;  // the deepest; others only in /api/orchestrator/lanes
inline constexpr Millis loop_lag_period = 500ms;
inline constexpr std::size_t log_value_chars = 2000;  // longer values of a log line are cut

// Runtimes (runtime.md).
inline constexpr std::size_t runtime_line = 64 * mib;  // longer: skipped to its newline
inline constexpr std::size_t runtime_pending = 128;    // calls under way; more wait their turn
inline constexpr std::size_t quote_user_chars = 220;   // of the last user message in a fallback suggestion
inline constexpr std::size_t quote_reply_chars = 260;  // of the last assistant message
inline constexpr std::size_t suggestion_chars = 4000;  // longer: cut
inline constexpr std::size_t worker_turns = 64;        // of a hidden session; its oldest go whole, with their rows,
inline constexpr std::size_t worker_turns_over = 16;   // as soon as there are so many more

// A stop, beside drain and settle, which are settings (queue.md 7). Their sum stays below the unit's TimeoutStopSec.
inline constexpr Millis stop_sockets = 2s;   // outboxes flushed, sockets closed 1012
inline constexpr Millis stop_runtime = 3s;   // stdin closed, TERM, KILL, reaped
inline constexpr Millis stop_store = 5s;     // last commit, checkpoint
inline constexpr Millis stop_watchdog = 2s;  // then what is left is named and the exit is not zero
inline constexpr Millis stop_beside_drain = stop_sockets + stop_runtime + stop_store + stop_watchdog;

static_assert(request_target < header_block);
static_assert(header_time < body_time);
static_assert(ws_message < outbox_bytes && outbox_bytes / outbox_messages >= 8 * kib);
static_assert(ws_ping_after < ws_idle && write_stall < ws_ping_after);
static_assert(replay_page <= outbox_messages, "a page of a replay fits into an empty outbox");
static_assert(outbox_messages <= replay_buffer);
static_assert(page_default <= sessions_page_max && sessions_page_max <= page_max);
static_assert(paused_in_health <= page_max && metric_lanes <= page_max);
static_assert(draft_chars <= suggestion_chars, "a draft is a fallback suggestion as it is");
static_assert(quote_user_chars < suggestion_chars && quote_reply_chars < suggestion_chars);
static_assert(project_name_chars <= title_chars && owner_id_chars <= thread_id_chars);
static_assert(job_progress < job_result && 2 * intents_bytes <= job_result, "a result holds the intents, and how each went");
static_assert(2 * (intents + supplemental_targets) + 8 <= effects_per_commit);
static_assert(bulk_jobs <= workflow_nodes && workflow_nodes <= workflow_edges);
static_assert(bulk_jobs + commit_batch <= commit_waiting, "a bulk submission finds room beside a full batch");
static_assert(lease_min < lease_after_restart && lease_after_restart <= lease_max && lease_max <= worker_forgotten_after);
static_assert(claims_per_socket < claims_waiting && claims_waiting <= commit_waiting);
static_assert(retention_batch <= commit_batch, "removal never makes a commit longer than work does");
static_assert(notifications_bulk <= commit_waiting);
static_assert(schedule_retry < schedule_retry_max && schedule_retry_max <= schedule_grace);

}  // namespace lanekeeper::limits
