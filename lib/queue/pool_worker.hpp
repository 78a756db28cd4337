#pragma once
#include "queue/supervisor.hpp"

#include <memory>
#include <string>

namespace lanekeeper {

class Pool;

/// A slot of the pool with an identity (jobs-family.md, Worker pool). Everything on the pool's strand.
class PoolWorker final : public JobHouse, public std::enable_shared_from_this<PoolWorker> {
public:
    PoolWorker(Pool& pool, QueueCore& core, Strand strand, Nursery& nursery, int number, MonoTime now);

    const std::string& id() const { return id_; }
    Supervisor& supervisor() { return supervisor_; }
    const Supervisor& supervisor() const { return supervisor_; }

    // Set by the pool.
    bool busy = false;
    std::int64_t job_key = 0;  // that it is busy with, before it has started it
    bool unhealthy = false;  // to be replaced
    MonoTime idle_since{};
    MonoTime last_beat{};

    // What it has done so far.
    std::int64_t completed = 0;
    std::int64_t failed = 0;
    int failed_in_a_row = 0;
    std::int64_t tokens_in = 0;
    std::int64_t tokens_out = 0;

private:
    const std::string& owner() const override;
    std::shared_ptr<void> keep() override;
    void changed() override;
    void put_back(const Job& job) override;
    void job_ran(const Job& job, Millis took) override;

    Pool& pool_;
    const std::string id_;
    Supervisor supervisor_;
};

}  // namespace lanekeeper
