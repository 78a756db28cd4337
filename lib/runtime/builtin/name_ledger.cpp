#include "runtime/builtin/name_ledger.hpp"

#include "runtime/builtin/text.hpp"

#include <algorithm>
#include <functional>

namespace lanekeeper::builtin {

namespace {

bool has_value(NameKind kind) { return kind == NameKind::setting || kind == NameKind::dependency; }

/// The line without what begins the body, so that only the signature is compared and shown.
std::string_view signature(std::string_view line) {
    line = trim(line);
    while (line.ends_with('{') || line.ends_with(':') || line.ends_with(';'))
        line = trim_right(line.substr(0, line.size() - 1));
    return line;
}

/// Text that a code span can show as it is; empty for any other.
std::string_view showable(std::string_view text) {
    const bool clean = std::none_of(text.begin(), text.end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; });
    return clean ? text : std::string_view{};
}

constexpr std::size_t longest_showable = 120;

bool is_presentable(std::string_view name) {
    return !name.empty() && name.size() <= longest_showable && !showable(name).empty();
}

bool is_secret(std::string_view name) {
    const std::string low = lower(name);
    for (std::string_view word : {"password", "secret", "token", "key", "credential"})
        if (contains(low, word)) return true;
    return false;
}

}  // namespace

NameLedger::Slot& NameLedger::slot(std::string_view name, std::uint32_t hash) {
    const std::size_t mask = index_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
        Slot& slot = index_[at];
        if (slot.number == 0 || (slot.hash == hash && entries_[slot.number - 1].name == name)) return slot;
    }
}

void NameLedger::grow() {
    std::vector<Slot> larger(std::max<std::size_t>(16, index_.size() * 2));
    const std::size_t mask = larger.size() - 1;
    for (const Slot& slot : index_) {
        if (slot.number == 0) continue;
        std::size_t at = slot.hash & mask;
        while (larger[at].number != 0) at = (at + 1) & mask;
        larger[at] = slot;
    }
    index_ = std::move(larger);
}

NameLedger::Entry& NameLedger::entry(std::string_view name, NameKind kind) {
    if (name.data() == last_name_.data() && name.size() == last_name_.size()) return entries_[last_];
    if (entries_.size() * 3 >= index_.size() * 2) grow();
    const auto hash = static_cast<std::uint32_t>(std::hash<std::string_view>()(name));
    Slot& found = slot(name, hash);
    if (found.number == 0) {
        entries_.push_back({name, kind, false, false, {}, {}});
        found = {hash, static_cast<std::uint32_t>(entries_.size())};
    }
    last_name_ = name;
    last_ = found.number - 1;
    return entries_[last_];
}

void NameLedger::defined(const Definition& definition, char sign, std::string_view line) {
    if (!is_presentable(definition.name)) return;
    Entry& known = entry(definition.name, definition.kind);
    known.exported = known.exported || definition.exported;
    Side& side = sign == '+' ? known.after : known.before;
    ++side.count;
    side.text = has_value(known.kind) ? definition.value : line;
}

void NameLedger::inside(std::string_view name, NameKind kind) {
    if (is_presentable(name)) entry(name, kind).inside = true;
}

TouchedName NameLedger::judge(const Entry& entry, bool with_lines) {
    TouchedName name{std::string(entry.name), entry.kind, Touch::inside, entry.exported, {}, {}};
    if (entry.before.count > 0 && entry.after.count > 0) {
        const bool same = has_value(entry.kind) ? entry.before.text == entry.after.text
                                                : signature(entry.before.text) == signature(entry.after.text);
        name.touch = same ? (entry.inside ? Touch::inside : Touch::moved) : Touch::changed;
    } else if (entry.after.count > 0) {
        name.touch = Touch::added;
    } else if (entry.before.count > 0) {
        name.touch = Touch::removed;
    }
    const bool once = entry.before.count <= 1 && entry.after.count <= 1;
    if (has_value(entry.kind)) {
        if (!once || is_secret(entry.name)) return name;
        name.before = showable(entry.before.text);
        name.after = showable(entry.after.text);
    } else if (once && (name.touch == Touch::changed || with_lines)) {
        name.before = showable(signature(entry.before.text));
        name.after = showable(signature(entry.after.text));
    }
    return name;
}

std::vector<TouchedName> NameLedger::names() const {
    std::vector<TouchedName> out;
    out.reserve(entries_.size());
    // Renamed definitions are told by their lines, and only in files that change rather than come or go.
    const auto gone = [](const Entry& entry) { return entry.before.count > 0 && entry.after.count == 0; };
    const auto kept = [&gone](const Entry& entry) { return !gone(entry); };
    const bool with_lines =
        std::any_of(entries_.begin(), entries_.end(), gone) && std::any_of(entries_.begin(), entries_.end(), kept);
    for (const Entry& entry : entries_) out.push_back(judge(entry, with_lines));
    return out;
}

}  // namespace lanekeeper::builtin
