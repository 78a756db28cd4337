#include "store/sqlite/query.hpp"
#include "store/sqlite/schema.hpp"
#include "unit/store/sqlite_support.hpp"

#include <fstream>
#include <iterator>
#include <regex>

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

std::string plan_of(sqlite::Connection& connection, const std::string& sql) {
    sqlite::Statement statement(connection, "EXPLAIN QUERY PLAN " + sql);
    std::string plan;
    while (sqlite3_step(statement.handle()) == SQLITE_ROW)
        plan += std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement.handle(), 3))) + "\n";
    return plan;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A string, raw or not, that begins as a statement on tables does.
bool has_statement(const std::string& text) {
    static const std::regex statement(R"re((R"[^()\\\s]{0,16}\(|")\s*(SELECT|INSERT|REPLACE|UPDATE|DELETE|WITH)\s)re",
                                      std::regex::icase);
    return std::regex_search(text, statement);
}

bool is_source(const std::filesystem::path& path) { return path.extension() == ".cpp" || path.extension() == ".hpp"; }

}  // namespace

TEST_CASE("no statement scans a table or sorts what it found") {
    TempDir dir;
    sqlite::Connection connection(dir.file("plans.db"), sqlite::Access::write);
    sqlite::migrate(connection, "plans.db");
    int walks = 0;
    for (const auto& sql : sqlite::all_sql()) {
        CAPTURE(sql.name, sql.text);
        auto plan = plan_of(connection, sql.text);
        CAPTURE(plan);
        CHECK(!has(plan, "TEMP B-TREE"));
        if (sql.walks) ++walks;
        else CHECK(!has(plan, "SCAN"));
    }
    CHECK(walks == 1);  // the hours of a day
}

TEST_CASE("statements on tables are written nowhere but where their plans are looked at, and in the migrations") {
    int seen = 0, allowed = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(LANEKEEPER_SOURCE_DIR "/lib/store")) {
        if (!file.is_regular_file() || !is_source(file.path())) continue;
        std::ifstream stream(file.path());
        std::string text((std::istreambuf_iterator<char>(stream)), {});
        INFO(file.path().string());
        auto name = file.path().filename().string();
        bool may = name == "sql.cpp" || name == "schema.cpp";
        if (!may) CHECK_FALSE(has_statement(text));
        seen += !may;
        allowed += may && has_statement(text);
    }
    CHECK(seen > 20);
    CHECK(allowed >= 1);  // so it knows one when it sees it
}

TEST_CASE("a statement is known in every spelling of a string") {
    for (const char* text : {R"x("SELECT 1 FROM a")x", R"x("  insert INTO a")x", R"x("REPLACE INTO a")x", R"x("WITH b AS (SELECT 1)")x",
                             R"x(R"(SELECT 1))x", R"x(R"sql(
                                 WITH b AS)x"})
        CHECK(has_statement(text));
    CHECK_FALSE(has_statement(R"x("with" SELECT)x"));
    CHECK_FALSE(has_statement(R"x("selected")x"));
}

TEST_CASE("every statement is registered under its own name") {
    const auto& all = sqlite::all_sql();
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(std::size_t(all[i].id) == i);
    CHECK(sqlite::sql_text(sqlite::Sql::set_aside_record).name == "set_aside_record");
}

TEST_CASE("the open jobs are walked along their own index") {
    TempDir dir;
    sqlite::Connection connection(dir.file("plans.db"), sqlite::Access::write);
    sqlite::migrate(connection, "plans.db");
    for (auto id : {sqlite::Sql::open_jobs, sqlite::Sql::open_jobs_to_count})
        CHECK(has(plan_of(connection, sqlite::sql_text(id).text), "SEARCH agent_jobs USING INDEX open_jobs"));
}
