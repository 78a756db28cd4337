// Who waits for whom among the jobs of one request.
#include "job/graph.hpp"
#include "queue/submission.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <unordered_map>

namespace lanekeeper {
namespace {

constexpr std::size_t named_in_message = 20;

using Places = std::unordered_map<std::string, std::size_t>;

/// Those without a key are called by their own id, where they have one.
Result<Places> places_of_keys(const std::vector<Submission>& jobs) {
    Places places;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const auto& name = jobs[i].key ? jobs[i].key : jobs[i].client_id;
        if (!name) continue;
        auto [first, fresh] = places.try_emplace(*name, i);
        if (fresh || (!jobs[i].key && !jobs[first->second].key)) continue;  // one id twice is the store's to refuse
        json::object details{{"key", *name}, {"indexes", {first->second, i}}, {"index", i}};
        auto message = fmt::format("jobs {} and {} have the same key, {}", first->second, i, *name);
        return Problem("duplicate_key", std::move(message), std::move(details));
    }
    return places;
}

/// "#12": the job at that place.
std::optional<std::size_t> place_of(std::string_view reference) {
    if (reference.size() < 2 || reference.front() != '#') return {};
    std::size_t place = 0;
    auto [end, error] = std::from_chars(reference.data() + 1, reference.data() + reference.size(), place);
    if (error != std::errc() || end != reference.data() + reference.size()) return {};
    return place;
}

Problem no_such_place(const std::string& reference, std::size_t index, std::size_t count) {
    json::object details{{"ids", {reference}}, {"index", index}};
    return Problem("unknown_dependency", fmt::format("{} is none of the {} jobs", reference, count), std::move(details));
}

Result<void> link(Submission& job, std::size_t index, const Places& keys, std::size_t count) {
    std::vector<std::string> ids;
    for (auto& reference : job.dependencies) {
        auto key = keys.find(reference);
        auto place = key == keys.end() ? place_of(reference) : key->second;
        if (!place) ids.push_back(std::move(reference));
        else if (*place >= count) return no_such_place(reference, index, count);
        else job.after.push_back(*place);
    }
    job.dependencies = std::move(ids);
    return {};
}

std::string label(const Submission& job, std::size_t place) {
    if (job.key) return *job.key;
    return job.client_id.value_or(fmt::format("#{}", place));
}

Problem cyclic(const std::vector<Submission>& jobs, const std::vector<std::size_t>& cycle) {
    std::vector<std::string> labels;
    for (auto place : cycle) labels.push_back(label(jobs[place], place));
    json::array all(labels.begin(), labels.end());
    if (labels.size() > named_in_message) {
        labels[named_in_message - 2] = "…";
        labels[named_in_message - 1] = labels.back();
        labels.resize(named_in_message);
    }
    auto message = fmt::format("the jobs wait for each other: {}", fmt::join(labels, " -> "));
    return Problem("cyclic_dependency", std::move(message), {{"cycle", std::move(all)}, {"index", cycle.front()}});
}

}  // namespace

Result<void> link_workflow(std::vector<Submission>& jobs, bool in_order) {
    auto keys = places_of_keys(jobs);
    if (!keys) return keys.error();
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        if (auto ok = link(jobs[i], i, *keys, jobs.size()); !ok) return ok;
        if (in_order && i > 0) jobs[i].after.push_back(i - 1);
    }
    return {};
}

Result<void> check_cycles(const std::vector<Submission>& jobs) {
    Places own_ids;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        if (jobs[i].client_id) own_ids.try_emplace(*jobs[i].client_id, i);
    WaitGraph graph(jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        graph[i] = jobs[i].after;
        for (const auto& id : jobs[i].dependencies)
            if (auto place = own_ids.find(id); place != own_ids.end()) graph[i].push_back(place->second);
    }
    auto cycle = find_cycle(graph);
    if (cycle.empty()) return {};
    return cyclic(jobs, cycle);
}

}  // namespace lanekeeper
