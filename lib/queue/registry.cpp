#include "queue/registry.hpp"

#include <stdexcept>

namespace lanekeeper {

void Registry::add(Definition definition) {
    if (definition.type.empty() || !definition.run) throw std::logic_error("a job type needs a name and a run function");
    auto type = definition.type;
    auto [place, fresh] = definitions_.try_emplace(type, std::make_shared<const Definition>(std::move(definition)));
    if (!fresh) throw std::logic_error("job type defined twice: " + place->first);
}

std::shared_ptr<const Definition> Registry::find(std::string_view type) const {
    auto found = definitions_.find(type);
    return found == definitions_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const Definition>> Registry::all() const {
    std::vector<std::shared_ptr<const Definition>> all;
    for (const auto& entry : definitions_) all.push_back(entry.second);
    return all;
}

}  // namespace lanekeeper
