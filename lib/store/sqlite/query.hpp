#pragma once
#include "base/json.hpp"
#include "base/time.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/sql.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper::sqlite {

/// The prepared statements of one connection, each prepared when it is first needed.
class Statements {
public:
    explicit Statements(Connection& connection) : connection_(connection), prepared_(all_sql().size()) {}
    Statement& get(Sql id);
    /// All of them: fails on a database that has not our tables.
    void prepare_all();

private:
    Connection& connection_;
    std::vector<std::optional<Statement>> prepared_;
};

/// One use of a statement: bind, step, read. The statement is free again when this ends. Texts that are bound must
/// live until then. Columns count from 0, parameters are bound in order from ?1.
class Query {
public:
    Query(Statements& statements, Sql id);
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    Query& bind(std::int64_t value);
    Query& bind(int value) { return bind(std::int64_t(value)); }
    Query& bind(std::size_t value) { return bind(std::int64_t(value)); }
    Query& bind(const std::string& text);
    Query& bind(std::string&&) = delete;
    Query& bind(const std::optional<std::string>& text);
    Query& bind(const std::optional<WallTime>& time);
    Query& bind(WallTime time) { return bind(to_ms(time)); }
    Query& bind_null();
    Query& bind_or_null(const std::string& text);
    Query& bind_json(const json::value& value);  // null for JSON null
    Query& bind_json(const json::object& value);
    Query& bind_json(const std::optional<json::object>& value);

    /// True when there is a row.
    bool step();
    /// For statements without rows.
    void run();

    std::int64_t number(int column) const;
    bool is_null(int column) const;
    std::string_view view(int column) const;  // until the next step
    std::string text(int column) const { return std::string(view(column)); }
    std::optional<std::string> maybe_text(int column) const;
    std::optional<WallTime> maybe_time(int column) const;
    /// Throws `boost::system::system_error` on text that is not JSON; JSON null for NULL.
    json::value json(int column) const;
    json::object object(int column) const;

private:
    Query& bound(int code);
    Statement& statement_;
    Sql id_;
    int next_ = 1;
};

}  // namespace lanekeeper::sqlite
