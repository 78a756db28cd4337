// placeholder_closed: a row that says "streaming" belongs to a job that is open; the commit that ends the job closes it.
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

class Placeholders final : public Invariant {
public:
    using Invariant::Invariant;

    void committed(const Commit& commit) override {
        for (const auto& put : commit.puts) {
            if (put.kind != "row") continue;
            auto job = put.body.at("job").as_int64();
            if (put.body.at("status") == "streaming") streaming_.insert(job);
            else streaming_.erase(job);
        }
        for (const auto& change : commit.changes)
            if (is_terminal(change.after.state) && streaming_.contains(change.after.key))
                broken("placeholder_closed", "{} is {} and its row still streams", name(change.after), to_word(change.after.state));
    }

private:
    std::set<std::int64_t> streaming_;
};

}  // namespace

std::unique_ptr<Invariant> placeholders(Referee& referee) { return std::make_unique<Placeholders>(referee); }

}  // namespace lanekeeper::simulation
