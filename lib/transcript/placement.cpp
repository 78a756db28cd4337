#include "transcript/merge.hpp"

#include <optional>
#include <unordered_map>

namespace lanekeeper::transcript {
namespace {

/// The rows of one turn while they find their places.
class Turn {
public:
    void add(const Entry& entry, bool base) {
        auto [known, fresh] = index_.try_emplace(entry.message_id, nodes_.size());
        if (fresh) nodes_.push_back({entry, base, false, false, {}});
        else if (base || !is_placeholder(entry)) nodes_[known->second].entry = merge_entries(nodes_[known->second].entry, entry);
    }

    void write_to(std::vector<Entry>& out) {
        attach();
        auto roots = order_roots();
        for (std::size_t root : roots) write_tree(root, out);
        for (std::size_t i = 0; i < nodes_.size(); ++i)  // anchored in a circle: nobody reached them
            if (!nodes_[i].written) write_tree(i, out);
    }

private:
    struct Node {
        Entry entry;
        bool base = false;
        bool anchored = false;
        bool written = false;
        std::vector<std::size_t> behind;  // rows anchored here, in arrival order
    };

    void attach() {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (nodes_[i].base) continue;
            auto anchor = anchor_of(nodes_[i].entry);
            auto found = anchor ? index_.find(*anchor) : index_.end();
            if (found == index_.end() || found->second == i) continue;
            nodes_[i].anchored = true;
            nodes_[found->second].behind.push_back(i);
        }
    }

    /// Base rows in order, with the own rows that have no anchor before the last assistant row, or at the end.
    std::vector<std::size_t> order_roots() const {
        std::vector<std::size_t> base, loose;
        std::optional<std::size_t> last_assistant;
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            const Node& node = nodes_[i];
            if (node.anchored) continue;
            if (node.base && node.entry.role == Role::assistant) last_assistant = base.size();
            (node.base ? base : loose).push_back(i);
        }
        auto place = last_assistant ? base.begin() + std::ptrdiff_t(*last_assistant) : base.end();
        base.insert(place, loose.begin(), loose.end());
        return base;
    }

    /// A row and what is anchored behind it, without recursion: chains may be long.
    void write_tree(std::size_t root, std::vector<Entry>& out) {
        std::vector<std::size_t> stack{root};
        while (!stack.empty()) {
            Node& node = nodes_[stack.back()];
            stack.pop_back();
            if (node.written) continue;
            node.written = true;
            out.push_back(std::move(node.entry));
            stack.insert(stack.end(), node.behind.rbegin(), node.behind.rend());
        }
    }

    std::vector<Node> nodes_;
    std::unordered_map<std::string, std::size_t> index_;
};

/// Turns in the order of their first row.
class Turns {
public:
    Turn& of(const std::string& turn_id) {
        auto [found, fresh] = index_.try_emplace(turn_id, turns_.size());
        if (fresh) turns_.emplace_back();
        return turns_[found->second];
    }
    std::vector<Turn>& all() { return turns_; }

private:
    std::vector<Turn> turns_;
    std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace

std::vector<Entry> merge_transcript(const std::vector<Entry>& base, const std::vector<Entry>& own) {
    Turns turns;
    for (const auto& entry : base) turns.of(entry.turn_id).add(entry, true);
    for (const auto& entry : own) turns.of(entry.turn_id).add(entry, false);
    std::vector<Entry> merged;
    merged.reserve(base.size() + own.size());
    for (auto& turn : turns.all()) turn.write_to(merged);
    return merged;
}

}  // namespace lanekeeper::transcript
