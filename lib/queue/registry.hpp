#pragma once
#include "job/job.hpp"
#include "queue/definition.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper {

/// Runs jobs whose type is a free word.
inline constexpr std::string_view default_executor = "prompt";

/// All job types there are. Filled once at start by the catalogue (lib/jobs), then read only: any thread.
class Registry {
public:
    /// Throws std::logic_error on a second definition of a type, or one without `run`.
    void add(Definition definition);
    std::shared_ptr<const Definition> find(std::string_view type) const;
    /// What runs jobs of the pool by the executor's name, whatever their type (jobs-family.md, Submit). Throws like `add`.
    void add_executor(Definition definition);
    std::shared_ptr<const Definition> executor(std::string_view name) const;
    /// Jobs of this type, which is not registered, are for that executor unless they name another one.
    void assign(std::string type, std::string executor);
    std::shared_ptr<const Definition> assigned(std::string_view type) const;
    /// Whether jobs of this executor are claimed by workers outside of this program.
    bool is_remote(std::string_view executor) const;
    /// What runs this job: its executor, or its type's definition. Nothing: this program has neither.
    std::shared_ptr<const Definition> find(const Job& job) const;
    std::vector<std::shared_ptr<const Definition>> all() const;  // by type

private:
    using Definitions = std::map<std::string, std::shared_ptr<const Definition>, std::less<>>;
    Definitions definitions_;
    Definitions executors_;
    std::map<std::string, std::string, std::less<>> assigned_;
};

}  // namespace lanekeeper
