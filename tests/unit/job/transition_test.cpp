#include "job/transition.hpp"
#include "support/catch.hpp"

#include <map>
#include <set>

using namespace lanekeeper;

namespace {

using enum JobState;

// Written from queue.md 2 apart from the code's own table: what may happen in each state, and where it leads.
const std::map<JobState, std::map<JobEvent, JobState>> allowed = {
    {pending,
     {{JobEvent::promote, queued},
      {JobEvent::cancel, canceled},
      {JobEvent::fail, failed},
      {JobEvent::expire, expired},
      {JobEvent::report, pending},       // of a workflow's own job: somebody asked to cancel it
      {JobEvent::complete, completed}}},  // the same: all its jobs have
    {queued,
     {{JobEvent::start, running}, {JobEvent::cancel, canceled}, {JobEvent::fail, failed}, {JobEvent::expire, expired}}},
    {running,
     {{JobEvent::report, running},
      {JobEvent::complete, completed},
      {JobEvent::fail, failed},
      {JobEvent::cancel, canceled},
      {JobEvent::expire, expired},
      {JobEvent::retry, queued},
      {JobEvent::snooze, queued},
      {JobEvent::recover, queued},
      {JobEvent::requeue, queued}}},
    {completed, {}},
    {failed, {{JobEvent::operator_retry, queued}, {JobEvent::reopen, pending}}},
    {canceled, {{JobEvent::operator_retry, queued}, {JobEvent::reopen, pending}}},
    {expired, {{JobEvent::operator_retry, queued}}},
};

}  // namespace

TEST_CASE("every pair of state and event is allowed, or not, as the specification has it") {
    int pairs = 0;
    for (auto state : all_job_states())
        for (auto event : all_job_events()) {
            ++pairs;
            INFO(to_word(state) << " + " << to_word(event));
            const auto& rules = allowed.at(state);
            auto rule = rules.find(event);
            auto next = next_state(state, event);
            REQUIRE(next.has_value() == (rule != rules.end()));
            if (next) CHECK(*next == rule->second);
        }
    CHECK(pairs == 7 * 13);
}

TEST_CASE("nothing leaves a terminal state but a person's retry and what it brings with it, and nothing leaves completed") {
    for (auto state : all_job_states()) {
        if (!is_terminal(state)) continue;
        for (auto event : all_job_events()) {
            INFO(to_word(state) << " + " << to_word(event));
            bool by_a_person = event == JobEvent::operator_retry || event == JobEvent::reopen;
            if (!by_a_person || state == JobState::completed) CHECK_FALSE(next_state(state, event));
        }
    }
}

TEST_CASE("from every open state a job can still be ended") {
    for (auto state : all_job_states())
        if (is_open(state)) CHECK(next_state(state, JobEvent::cancel) == JobState::canceled);
}

TEST_CASE("states and events have words of their own, and states are found by theirs") {
    std::set<std::string_view> words;
    for (auto state : all_job_states()) {
        words.insert(to_word(state));
        CHECK(job_state(to_word(state)) == state);
    }
    CHECK(words.size() == 7);
    CHECK_FALSE(job_state("Queued"));
    CHECK_FALSE(job_state(""));
    std::set<std::string_view> events;
    for (auto event : all_job_events()) events.insert(to_word(event));
    CHECK(events.size() == 13);
}
