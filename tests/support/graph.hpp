#pragma once
#include "support/store_fixture.hpp"

namespace lanekeeper::testing {

/// A job of a graph, and the public ids that it names as its dependencies.
struct Node {
    std::int64_t key;
    std::vector<std::string> depends_on;
    std::string owner = "p1";
};

/// An event and a row that say what was told of a transition.
inline Effects tell_event(const Transition& transition) {
    Effects effects;
    std::string word(to_word(transition.event));
    effects.events.emplace_back(word, "t", json::object{{"job", transition.next.id()}});
    effects.puts.emplace_back("told", word, transition.next.id(), json::object{});
    return effects;
}

inline Mutation graph(const std::vector<Node>& nodes) {
    Mutation mutation;
    mutation.tell = tell_event;
    for (const auto& node : nodes) {
        mutation.inserts.emplace_back();
        auto& insert = mutation.inserts.back();
        insert.job = a_job(node.key, node.owner);
        insert.depends_on = node.depends_on;
        insert.tell = [](const Job& job) {
            Effects effects;
            effects.events.emplace_back("inserted " + std::string(to_word(job.state)), "t", json::object{{"job", job.id()}});
            return effects;
        };
    }
    return mutation;
}

inline Committed insert_graph(StoreFixture& s, const std::vector<Node>& nodes) { return s.commit(graph(nodes)); }

/// The end of a job as it is stored now.
inline JobUpdate ending(StoreFixture& s, std::int64_t key, JobState state) {
    Job next = *s.job(key);
    auto from = next.state;
    next.state = state;
    next.completed_at = s.clock.now;
    return JobUpdate(next, from, next.run);
}

inline JobUpdate promoting(StoreFixture& s, std::int64_t key) {
    auto transition = lifecycle::promote(*s.job(key), s.clock.now);
    return JobUpdate(transition.next, transition.from, transition.from_run);
}

inline Committed end_job(StoreFixture& s, std::int64_t key, JobState state) {
    Mutation mutation;
    mutation.updates.push_back(ending(s, key, state));
    return s.commit(std::move(mutation));
}

}  // namespace lanekeeper::testing
