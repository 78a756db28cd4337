#include "simulation/people/graph_person.hpp"

#include <algorithm>

namespace lanekeeper::simulation {
namespace {

constexpr std::size_t enough_members = 25;  // open jobs of the pool: no more are submitted

}  // namespace

// Goes on with the last one as long as there is something left of it.
Task<void> GraphPerson::act() {
    if (referee_.book().open_in_pool() >= enough_members) co_return;
    auto& graphs = memory_.graphs;
    if (graphs.empty() || graphs.back().done()) {
        graphs.push_back(random_graph(random_, int(graphs.size()) + 1, memory_.orders));
        referee_.announce(graphs.back());
    }
    auto working = go_on(graphs.size() - 1);
    co_await std::move(working);
}

Task<void> GraphPerson::go_on(std::size_t number) {
    const auto& asked = memory_.graphs[number];
    auto first = asked.submitted;
    auto end = asked.whole ? asked.jobs.size() : first + 1;
    std::vector<Submission> jobs;
    for (auto place = first; place < end; ++place) jobs.push_back(submission_of(asked, place));
    // Those that come first may wait for those that come later.
    if (asked.whole && one_in(random_, 2)) std::reverse(jobs.begin(), jobs.end());
    Batch batch(std::move(jobs));
    if (asked.workflow) batch.workflow = WorkflowRequest("a graph", "dag");
    bool was_there = stored(asked, first);  // the answer to an earlier try was lost
    auto submitting = queue_.submit(std::move(batch));
    auto submitted = co_await std::move(submitting);
    settle(memory_.graphs[number], end - first, was_there, submitted ? std::string() : submitted.error().code);
}

void GraphPerson::settle(Graph& graph, std::size_t count, bool was_there, const std::string& refused) {
    bool there = refused.empty() || refused == "duplicate_job_id";
    referee_.trace().line("client: {} of a graph from {}, {}", count, graph.jobs[graph.submitted].id, there ? "stored" : refused);
    for (auto place = graph.submitted; place < graph.submitted + count; ++place) {
        if (there && !stored(graph, place))
            referee_.broken("acknowledged_is_kept", graph.jobs[place].id + " was acknowledged and is not in the store");
        if (!there && !was_there && stored(graph, place))
            referee_.broken("refused_changes_nothing", graph.jobs[place].id + " was refused and is stored");
    }
    if (there) graph.submitted += count;
    if (there && graph.done()) referee_.count("graph submitted");
}

bool GraphPerson::stored(const Graph& graph, std::size_t place) const {
    return referee_.book().key_of(graph.jobs[place].id).has_value();
}

}  // namespace lanekeeper::simulation
