#include "queue/ledger.hpp"

#include "base/test_bugs.hpp"

namespace lanekeeper {
namespace {

// The mistake that the simulation must notice: news of what may never happen.
void publish_too_early(Hub& hub, const Mutation& mutation) {
    std::vector<Event> events;
    auto seq = hub.position();
    auto add = [&](const Effects& effects) {
        for (const auto& draft : effects.events) {
            events.push_back(render_event(draft, mutation.at));
            events.back().seq = ++seq;
        }
    };
    for (const auto& insert : mutation.inserts) add(insert.effects);
    add(mutation.effects);
    hub.publish(events);
}

}  // namespace

Ledger::Ledger(Store& store) : store_(store) {
    store_.set_listener([this](const std::vector<Event>& events) {
        if (hub_ && !has_bug(Bug::publish_before_commit)) hub_->publish(events);
    });
}

void Ledger::attach(Hub& hub) { hub_ = &hub; }

Task<Result<Committed>> Ledger::commit(Mutation mutation) {
    if (has_bug(Bug::publish_before_commit) && hub_) publish_too_early(*hub_, mutation);
    auto committing = store_.commit(std::move(mutation));
    co_return co_await std::move(committing);
}

Task<Result<Committed>> Ledger::commit(WallTime at, Effects effects) {
    Mutation mutation;
    mutation.at = at;
    mutation.effects = std::move(effects);
    auto committing = commit(std::move(mutation));
    co_return co_await std::move(committing);
}

void Ledger::publish_live(const EventDraft& draft, WallTime at) {
    if (!hub_) return;
    std::vector<Event> events;
    events.push_back(render_event(draft, at));
    hub_->publish(events);
}

}  // namespace lanekeeper
