#include "store/sqlite/query.hpp"

#include "base/json_read.hpp"

#include <sqlite3.h>

#include <stdexcept>

namespace lanekeeper::sqlite {

Statement& Statements::get(Sql id) {
    auto& statement = prepared_[std::size_t(id)];
    if (!statement) statement.emplace(connection_, sql_text(id).text);
    return *statement;
}

void Statements::prepare_all() {
    for (const auto& sql : all_sql()) get(sql.id);
}

Query::Query(Statements& statements, Sql id) : statement_(statements.get(id)), id_(id) {}

Query::~Query() { sqlite3_reset(statement_.handle()); }

Query& Query::bound(int code) {
    if (code != SQLITE_OK) statement_.connection().fail(code, sql_text(id_).name);
    ++next_;
    return *this;
}

Query& Query::bind(std::int64_t value) { return bound(sqlite3_bind_int64(statement_.handle(), next_, value)); }

Query& Query::bind(const std::string& text) {
    return bound(sqlite3_bind_text64(statement_.handle(), next_, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

Query& Query::bind(const std::optional<std::string>& text) { return text ? bind(*text) : bind_null(); }

Query& Query::bind(const std::optional<WallTime>& time) { return time ? bind(to_ms(*time)) : bind_null(); }

Query& Query::bind_null() { return bound(sqlite3_bind_null(statement_.handle(), next_)); }

Query& Query::bind_or_null(const std::string& text) { return text.empty() ? bind_null() : bind(text); }

Query& Query::bind_json(const json::value& value) {
    if (value.is_null()) return bind_null();
    auto text = json::serialize(value);
    return bound(sqlite3_bind_text64(statement_.handle(), next_, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

Query& Query::bind_json(const json::object& value) {
    auto text = json::serialize(value);
    return bound(sqlite3_bind_text64(statement_.handle(), next_, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

Query& Query::bind_json(const std::optional<json::object>& value) { return value ? bind_json(*value) : bind_null(); }

bool Query::step() {
    int code = sqlite3_step(statement_.handle());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    statement_.connection().fail(code, sql_text(id_).name);
}

void Query::run() {
    while (step()) {}
}

std::int64_t Query::number(int column) const { return sqlite3_column_int64(statement_.handle(), column); }

bool Query::is_null(int column) const { return sqlite3_column_type(statement_.handle(), column) == SQLITE_NULL; }

std::string_view Query::view(int column) const {
    auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.handle(), column));
    if (!text) return {};
    return {text, std::size_t(sqlite3_column_bytes(statement_.handle(), column))};
}

std::optional<std::string> Query::maybe_text(int column) const {
    if (is_null(column)) return {};
    return text(column);
}

std::optional<WallTime> Query::maybe_time(int column) const {
    if (is_null(column)) return {};
    return from_ms(number(column));
}

json::value Query::json(int column) const {
    if (is_null(column)) return nullptr;
    auto value = read_stored_json(view(column));
    if (!value) throw std::runtime_error(value.error().message);
    return std::move(*value);
}

json::object Query::object(int column) const {
    auto value = json(column);
    return std::move(value.as_object());
}

}  // namespace lanekeeper::sqlite
