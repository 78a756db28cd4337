#include "job/graph.hpp"

#include <algorithm>
#include <cstdint>

namespace lanekeeper {
namespace {

/// Where a walk in depth has come to: those on the way, and the next edge of each.
struct Step {
    std::size_t place;
    std::size_t edge;
};

enum class Seen : std::uint8_t { no, on_the_way, done };

/// The part of the way that begins at `place`, closed.
std::vector<std::size_t> close(const std::vector<Step>& way, std::size_t place) {
    std::vector<std::size_t> cycle;
    auto begin = std::find_if(way.begin(), way.end(), [&](const Step& step) { return step.place == place; });
    for (; begin != way.end(); ++begin) cycle.push_back(begin->place);
    std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
    cycle.push_back(cycle.front());
    return cycle;
}

}  // namespace

std::vector<std::size_t> find_cycle(const WaitGraph& waits_for) {
    std::vector<Seen> seen(waits_for.size(), Seen::no);
    std::vector<Step> way;
    for (std::size_t start = 0; start < waits_for.size(); ++start) {
        if (seen[start] != Seen::no) continue;
        seen[start] = Seen::on_the_way;
        way.push_back(Step{start, 0});
        while (!way.empty()) {
            auto& [place, edge] = way.back();
            if (edge == waits_for[place].size()) {
                seen[place] = Seen::done;
                way.pop_back();
                continue;
            }
            auto next = waits_for[place][edge++];
            if (next >= waits_for.size() || seen[next] == Seen::done) continue;
            if (seen[next] == Seen::on_the_way) return close(way, next);
            seen[next] = Seen::on_the_way;
            way.push_back(Step{next, 0});
        }
    }
    return {};
}

}  // namespace lanekeeper
