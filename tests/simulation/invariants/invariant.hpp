#pragma once
#include "simulation/referee.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace lanekeeper::simulation {

/// One promise of the queue, held against everything that can be seen from outside.
class Invariant {
public:
    explicit Invariant(Referee& referee) : referee_(referee) {}
    virtual ~Invariant() = default;

    virtual void deciding(const Commit&) {}   // committed, the book still as before
    virtual void committed(const Commit&) {}  // the book as after
    virtual void refused(const Problem&, std::size_t /*inserts*/) {}
    virtual void published(const Event&) {}
    virtual void run_begins(const Job&) {}
    virtual void run_given(const Job&) {}  // to a worker outside, whom it names
    virtual void stepped() {}
    virtual void new_life(std::int64_t /*newest_seq*/) {}
    virtual void recount(const StoreCounts&) {}

protected:
    template <class... Args>
    void broken(std::string_view promise, fmt::format_string<Args...> text, Args&&... args) {
        referee_.broken(std::string(promise), fmt::format(text, std::forward<Args>(args)...));
    }
    const Book& book() const { return referee_.book(); }
    const QueueSettings& settings() const { return referee_.settings(); }
    /// How many jobs the pool may run at once.
    std::size_t pool_slots() const {
        return std::size_t(std::min(referee_.pool().workers_max, referee_.pool().max_concurrent));
    }
    std::string name(const Job& job) const { return book().name(job.key); }
    MonoTime now() const { return referee_.time().mono(); }
    WallTime wall() const { return referee_.time().wall(); }
    std::vector<const Entry*> ready(const LaneBook& lane) const { return book().ready(lane, now(), wall()); }
    MonoTime ready_at(const Entry& entry) const { return book().ready_at(entry, now(), wall()); }
    bool aged(const Entry& entry) const {
        return entry.job.job_class() == JobClass::background && now() - ready_at(entry) > settings().background_aging;
    }

    Referee& referee_;
};

}  // namespace lanekeeper::simulation
