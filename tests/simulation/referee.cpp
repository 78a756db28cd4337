#include "simulation/referee.hpp"

#include "queue/attempt_end.hpp"
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {

Referee::Referee(const TimeSource& time, const QueueSettings& settings, const PoolSettings& pool, Trace& trace)
    : time_(time), settings_(settings), pool_(pool), trace_(trace), invariants_(all_invariants(*this)) {}

Referee::~Referee() = default;

void Referee::broken(std::string promise, std::string text) {
    trace_.line("BROKEN {}: {}", promise, text);
    if (!verdict_) verdict_ = Broken{std::move(promise), std::move(text)};
}

// Invariants see a commit twice: while the book still shows what was before it, and after.
void Referee::committed(Commit commit) {
    for (auto& invariant : invariants_) invariant->deciding(commit);
    book_.take(commit);
    tell(commit);
    for (auto& invariant : invariants_) invariant->committed(commit);
}

void Referee::tell(const Commit& commit) {
    for (const auto& change : commit.changes) {
        count(change);
        const Job& job = change.after;
        auto from = change.before ? to_word(change.before->state) : std::string_view("new");
        trace_.line("commit {} {} {} {} -> {} run {} attempt {}/{} {} {}", book_.name(job.key), job.owner, job.type, from,
                    to_word(job.state), job.run, job.attempts, job.max_attempts, job.error.value_or(""),
                    job.cancel_reason ? "cancel: " + *job.cancel_reason : "");
        if (change.before) continue;
        for (const auto& dependency : job.dependencies) trace_.line("commit {} after {}", book_.name(job.key), book_.name(dependency.key));
    }
    for (const auto& put : commit.puts) trace_.line("commit put {} {} {}", put.kind, put.key, json::serialize(put.body));
    if (!commit.events.empty()) trace_.line("commit seq {}", commit.events.back().seq);
}

void Referee::count(const Change& change) {
    const Job& job = change.after;
    std::string where = job.in_pool() ? "pool: " : "";
    if (!change.before) return count(where + "enqueued, " + std::string(to_word(job.state)));
    if (change.merged) return count("merged");
    if (is_start(change)) return count(where + "started, " + std::string(job.dispatch.at("rule").as_string()));
    if (change.before->state == job.state) return;
    if (is_terminal(change.before->state))
        return count(where + (job.state == JobState::pending ? "waits again for one that is retried" : "retried by hand"));
    if (change.before->state == JobState::pending && job.state == JobState::queued) return count(where + "promoted");
    auto reason = job.error ? reason_word(*job.error) : std::string();
    count(where + std::string(to_word(job.state)) + (reason.empty() ? "" : ", " + reason));
}

void Referee::refused(const Problem& problem, std::size_t inserts) {
    count("refused, " + problem.code);
    trace_.line("refused {} {}", problem.code, json::serialize(problem.details));
    for (auto& invariant : invariants_) invariant->refused(problem, inserts);
}

void Referee::retry_asked(std::int64_t key, bool cascade) {
    retries_asked_.insert(key);
    if (cascade) cascades_asked_.insert(key);
}

// Of itself, or of something that it depends on, however far up.
bool Referee::was_retry_asked(const Job& job) const {
    if (retries_asked_.contains(job.key)) return true;
    std::vector<std::int64_t> up{job.key};
    std::set<std::int64_t> seen;
    for (std::size_t i = 0; i < up.size(); ++i) {
        if (cascades_asked_.contains(up[i])) return true;
        for (const auto& dependency : book_.find(up[i])->job.dependencies)
            if (seen.insert(dependency.key).second) up.push_back(dependency.key);
    }
    return false;
}

void Referee::announce(const Graph& graph) {
    for (auto& plan : plan_of(graph)) plans_.emplace(plan.id, plan);
}

void Referee::storage_failed() {
    count("store failed");
    trace_.line("the store fails");
    last_failure_ = time_.mono();
}

void Referee::published(const Event& event) {
    trace_.line("publish {} {}", event.seq, event.type);
    for (auto& invariant : invariants_) invariant->published(event);
}

void Referee::run_begins(const Job& job) {
    trace_.line("runs {} run {}", book_.name(job.key), job.run);
    for (auto& invariant : invariants_) invariant->run_begins(job);
}

void Referee::run_given(const Job& job) {
    count("handed to a worker");
    trace_.line("worker {}: has {} run {}", job.worker_id.value_or(""), book_.name(job.key), job.run);
    for (auto& invariant : invariants_) invariant->run_given(job);
}

void Referee::stepped() {
    for (auto& invariant : invariants_) invariant->stepped();
}

void Referee::new_life(std::int64_t newest_seq) {
    book_.new_life();
    for (auto& invariant : invariants_) invariant->new_life(newest_seq);
}

void Referee::recount(const StoreCounts& counts) {
    for (auto& invariant : invariants_) invariant->recount(counts);
}

}  // namespace lanekeeper::simulation
