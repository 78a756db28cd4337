#include "queue/registry.hpp"

#include <stdexcept>

namespace lanekeeper {
namespace {

template <class Definitions>
void add_to(Definitions& definitions, Definition definition) {
    if (definition.type.empty() || !definition.run == !definition.remote) throw std::logic_error("a job type needs a name and a run function");
    auto type = definition.type;
    auto [place, fresh] = definitions.try_emplace(type, std::make_shared<const Definition>(std::move(definition)));
    if (!fresh) throw std::logic_error("job type defined twice: " + place->first);
}

template <class Definitions>
std::shared_ptr<const Definition> find_in(const Definitions& definitions, std::string_view name) {
    auto found = definitions.find(name);
    return found == definitions.end() ? nullptr : found->second;
}

}  // namespace

void Registry::add(Definition definition) { add_to(definitions_, std::move(definition)); }
void Registry::add_executor(Definition definition) { add_to(executors_, std::move(definition)); }

std::shared_ptr<const Definition> Registry::find(std::string_view type) const { return find_in(definitions_, type); }
std::shared_ptr<const Definition> Registry::executor(std::string_view name) const { return find_in(executors_, name); }

void Registry::assign(std::string type, std::string executor) {
    auto [place, fresh] = assigned_.try_emplace(std::move(type), std::move(executor));
    if (!fresh || find(place->first)) throw std::logic_error("job type assigned twice: " + place->first);
}

std::shared_ptr<const Definition> Registry::assigned(std::string_view type) const {
    auto found = assigned_.find(type);
    return found == assigned_.end() ? nullptr : executor(found->second);
}

bool Registry::is_remote(std::string_view name) const {
    auto definition = name.empty() ? nullptr : executor(name);
    return definition && definition->remote;
}

std::shared_ptr<const Definition> Registry::find(const Job& job) const {
    return job.executor.empty() ? find(job.type) : executor(job.executor);
}

std::vector<std::shared_ptr<const Definition>> Registry::all() const {
    std::vector<std::shared_ptr<const Definition>> all;
    for (const auto& entry : definitions_) all.push_back(entry.second);
    return all;
}

}  // namespace lanekeeper
