#include "base/members.hpp"
#include "store/planner.hpp"

#include <fmt/format.h>

namespace lanekeeper {
namespace {

Problem record_problem(std::string_view code, std::string_view what, const RecordPut& put) {
    json::object details{{"kind", put.kind}, {"key", put.key}};
    return {std::string(code), fmt::format("{} {} {}", put.kind, put.key, what), std::move(details)};
}

}  // namespace

std::optional<json::object> RecordView::body(const RecordName& name) const {
    auto planned = planned_.find(name);
    if (planned != planned_.end()) return planned->second;
    if (emptied_.contains({name.kind, name.scope})) return {};
    return rows_.record_body(name);
}

void RecordView::remove(const RecordDelete& gone) {
    if (gone.key) {
        planned_[RecordName{gone.kind, gone.scope, *gone.key}] = std::nullopt;
        return;
    }
    emptied_.insert({gone.kind, gone.scope});
    auto at = planned_.lower_bound(RecordName{gone.kind, gone.scope, ""});
    while (at != planned_.end() && at->first.kind == gone.kind && at->first.scope == gone.scope) at = planned_.erase(at);
}

Result<void> Planner::effects(Effects effects, WallTime at) {
    for (auto& gone : effects.deletes) {
        view_.remove(gone);
        plan_.records.emplace_back(std::move(gone));
    }
    std::vector<std::optional<std::size_t>> written;  // in plan_.records, for each put; nothing: left out
    for (auto& one : effects.puts) {
        auto place = put(std::move(one));
        if (!place) return place.error();
        written.push_back(*place);
    }
    for (auto& draft : effects.events) {
        if (draft.entry_of_put) {
            auto place = written.at(*draft.entry_of_put);
            if (!place) continue;
            const auto& body = std::get<RecordWrite>(plan_.records[*place]).body;
            if (draft.entry_is_payload) draft.payload = body;
            else draft.payload["entry"] = body;
        }
        plan_.events.push_back(render_event(draft, at));
    }
    return {};
}

// → its place in plan_.records.
Result<std::optional<std::size_t>> Planner::put(RecordPut put) {
    std::optional<std::size_t> place;
    bool exists = false;
    auto body = planned_body(put, exists);
    if (!body) return body.error();
    if (!exists && put.mode == RecordPut::Mode::update) return place;
    RecordName name{std::move(put.kind), std::move(put.scope), std::move(put.key)};
    view_.put(name, *body);
    place = plan_.records.size();
    plan_.records.emplace_back(RecordWrite{std::move(name), std::move(*body), put.expires_at, exists});
    return place;
}

Result<json::object> Planner::planned_body(const RecordPut& put, bool& exists) {
    auto existing = view_.body(RecordName{put.kind, put.scope, put.key});
    exists = existing.has_value();
    if (exists && put.mode == RecordPut::Mode::insert) return record_problem("record_exists", "exists", put);
    if (!exists && put.mode == RecordPut::Mode::replace) return record_problem("record_missing", "does not exist", put);
    if (put.if_revision && (!exists || members::integer(*existing, "revision") != *put.if_revision))
        return record_problem("record_changed", "has changed meanwhile", put);
    if (exists && put.merge) return put.merge(*existing, put.body);
    return put.body;
}

}  // namespace lanekeeper
