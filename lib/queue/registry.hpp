#pragma once
#include "queue/definition.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper {

/// All job types there are. Filled once at start by the catalogue (lib/jobs), then read only: any thread.
class Registry {
public:
    /// Throws std::logic_error on a second definition of a type, or one without `run`.
    void add(Definition definition);
    std::shared_ptr<const Definition> find(std::string_view type) const;
    std::vector<std::shared_ptr<const Definition>> all() const;  // by type

private:
    std::map<std::string, std::shared_ptr<const Definition>, std::less<>> definitions_;
};

}  // namespace lanekeeper
