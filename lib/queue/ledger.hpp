#pragma once
#include "events/hub.hpp"
#include "store/store.hpp"

namespace lanekeeper {

/// Commit, then news: the only way to change the store, and the only one to publish (architecture.md 1). What it
/// commits is published in commit order before the call returns. Any executor; resumes on the caller's.
class Ledger {
public:
    /// Takes over the store's listener; construct before `store.open()`, `attach` after it.
    explicit Ledger(Store& store);
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    /// Where the news go; before that nothing is published.
    void attach(Hub& hub);

    Task<Result<Committed>> commit(Mutation mutation);
    /// Only rows and events.
    Task<Result<Committed>> commit(WallTime at, Effects effects);

    /// Tells what is not kept: deltas, stream progress. seq null.
    void publish_live(const EventDraft& draft, WallTime at);

    Store& reader() { return store_; }  // for its reads

private:
    Store& store_;
    Hub* hub_ = nullptr;
};

}  // namespace lanekeeper
