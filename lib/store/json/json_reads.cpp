#include "store/json/json_store.hpp"

namespace lanekeeper {

template <class Read>
auto JsonStore::ask(Read read) {
    return run_on(queue().thread(), [this, read = std::move(read)] {
        if (closed_) throw StorageUnavailable("the store is closed");
        return read(state_);
    });
}

Task<Result<Committed>> JsonStore::commit(Mutation mutation) { return queue().commit(std::move(mutation)); }

Task<std::optional<Job>> JsonStore::job(std::int64_t key) {
    return ask([key](MemoryState& state) { return state.job(key); });
}

Task<std::optional<Job>> JsonStore::job_by_client_id(std::string client_id) {
    return ask([id = std::move(client_id)](MemoryState& state) {
        auto key = state.key_of_client_id(id);
        return key ? state.job(*key) : std::nullopt;
    });
}

Task<std::vector<std::int64_t>> JsonStore::dependents(std::int64_t key, std::size_t limit) {
    return ask([=](MemoryState& state) { return state.dependents(key, limit); });
}

Task<JobPage> JsonStore::jobs(JobQuery query) {
    return ask([query = std::move(query)](MemoryState& state) { return state.jobs(query); });
}

Task<std::vector<OpenJob>> JsonStore::open_jobs(std::int64_t after, std::size_t limit) {
    return ask([=](MemoryState& state) { return state.open_jobs(after, limit); });
}

Task<std::vector<std::int64_t>> JsonStore::open_jobs_of_session(std::string session_id) {
    return ask([session_id = std::move(session_id)](MemoryState& state) { return state.open_jobs_of_session(session_id); });
}

Task<std::optional<Job>> JsonStore::open_duplicate(std::string dedupe_match) {
    return ask([match = std::move(dedupe_match)](MemoryState& state) {
        return state.duplicate(match, JobState::pending, JobState::running);
    });
}

Task<std::optional<Record>> JsonStore::record(std::string kind, std::string scope, std::string key) {
    RecordName name{std::move(kind), std::move(scope), std::move(key)};
    return ask([name = std::move(name)](MemoryState& state) { return state.record(name); });
}

Task<std::vector<Record>> JsonStore::records(std::string kind, std::string scope, std::int64_t after, std::size_t limit) {
    return ask([kind = std::move(kind), scope = std::move(scope), after, limit](MemoryState& state) {
        return state.records(kind, scope, after, limit);
    });
}

Task<std::vector<Record>> JsonStore::records_of_kind(std::string kind, std::int64_t after, std::size_t limit) {
    return ask([kind = std::move(kind), after, limit](MemoryState& state) { return state.records_of_kind(kind, after, limit); });
}

Task<EventPage> JsonStore::events(std::int64_t after, std::int64_t up_to, EventFilter filter, std::size_t limit) {
    return ask([=, filter = std::move(filter)](MemoryState& state) { return state.events(after, up_to, filter, limit); });
}

Task<EventRange> JsonStore::event_range() {
    return ask([epoch = epoch_](MemoryState& state) { return EventRange{state.oldest_seq(), state.last_seq(), epoch}; });
}

}  // namespace lanekeeper
