#pragma once

#include "runtime/builtin/listed_file.hpp"

#include <string>
#include <vector>

namespace lanekeeper::builtin {

/// How pressing a piece of advice is, the most pressing first.
enum class Urgency {
    broken,  ///< must not be merged as it is
    irreversible,
    breaking,  ///< users of an interface are affected
    dependency,
    behaviour,  ///< configuration, CI, risky constructs
    focus,      ///< where most of the change is
    leftovers,  ///< deleted and renamed files, skipped tests
    hygiene,    ///< notes to self, debugging aids, missing tests
};

/// Collects advice from the rules.
class Advice {
public:
    void add(Urgency urgency, std::string sentence);

    /// In order of urgency, then of arrival.
    std::vector<std::string> most_pressing(std::size_t most) const;

private:
    struct Item {
        Urgency urgency;
        std::string sentence;
    };
    std::vector<Item> items_;
};

// The rules. Each reads the facts and adds what follows from them; none guesses beyond the diff.
void advise_on_signals(const std::vector<ListedFile>& files, Advice& advice);
void advise_on_interfaces(const std::vector<ListedFile>& files, Advice& advice);
void advise_on_dependencies(const std::vector<ListedFile>& files, Advice& advice);
void advise_on_shape(const std::vector<ListedFile>& files, Advice& advice);

}  // namespace lanekeeper::builtin
