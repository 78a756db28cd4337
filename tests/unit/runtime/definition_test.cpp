#include "runtime/builtin/definition.hpp"

#include "support/catch.hpp"

#include <string>

using namespace lanekeeper::builtin;

namespace {

SourceLine line_of(std::string_view text, bool header = false) {
    SourceLine line;
    while (line.indent < text.size() && (text[line.indent] == ' ' || text[line.indent] == '\t')) ++line.indent;
    line.text = text.substr(line.indent);
    line.header = header;
    return line;
}

std::string name_in(Language language, std::string_view text, bool header = false) {
    const auto found = definition_in(language, line_of(text, header));
    return found ? std::string(found->name) : "";
}

struct Example {
    Language language;
    std::string_view line;
    std::string_view name;
};

}  // namespace

TEST_CASE("definitions are found in every language that is read", "[builtin]") {
    const Example example = GENERATE(values<Example>({
        {Language::c_family, "int main(int argc, char** argv) {", "main"},
        {Language::c_family, "std::vector<std::string> names(const Plan& plan);", "names"},
        {Language::c_family, "Lane::Lane(int depth) : depth_(depth) {}", "Lane::Lane"},
        {Language::c_family, "bool operator==(const Job& a, const Job& b) {", "operator=="},
        {Language::c_family, "    void stop() noexcept override {", "stop"},
        {Language::c_family, "template <class T> T* find(std::size_t at) const {", "find"},
        {Language::c_family, "static int compare(const void *a,", "compare"},
        {Language::c_family, "class LK_API Hub final : public Base {", "Hub"},
        {Language::c_family, "enum class State : int {", "State"},
        {Language::c_family, "TEST_CASE(\"a lane is idle\", \"[lane]\") {", "a lane is idle"},
        {Language::c_family, "TEST_F(LaneTest, StaysIdle) {", "StaysIdle"},
        {Language::java, "    public static List<String> names(Plan plan) throws IOException {", "names"},
        {Language::java, "    public Ledger(String owner) {", "Ledger"},
        {Language::java, "public final class Ledger extends Book {", "Ledger"},
        {Language::java, "    Task<Pilot> NextAsync(DateTime when);", "NextAsync"},
        {Language::javascript, "export async function load(part: string): Promise<void> {", "load"},
        {Language::javascript, "export const sum = (a: number, b: number) =>", "sum"},
        {Language::javascript, "  private rows(): Row[] {", "rows"},
        {Language::javascript, "export interface Options {", "Options"},
        {Language::javascript, "export type Row = { ship: string };", "Row"},
        {Language::javascript, "  it(\"shows late ships\", () => {", "shows late ships"},
        {Language::python, "async def height(self, when):", "height"},
        {Language::python, "class TideTable(Base):", "TideTable"},
        {Language::python, "def test_it_works():", "test_it_works"},
        {Language::go, "func (g *Gate) Enter(plate string) error {", "Enter"},
        {Language::go, "type Gate struct {", "Gate"},
        {Language::rust, "pub(crate) async fn total(all: &[u32]) -> u32 {", "total"},
        {Language::rust, "impl fmt::Display for WeighError {", "impl fmt::Display for WeighError"},
        {Language::rust, "pub const fn limit() -> u32 {", "limit"},
        {Language::ruby, "    def self.empty?(rows)", "self.empty?"},
        {Language::ruby, "class Harbour::Report < Base", "Harbour::Report"},
        {Language::shell, "switch_over() {", "switch_over"},
        {Language::shell, "function clean-up {", "clean-up"},
        {Language::sql, "create or replace view open_stays as", "open_stays"},
        {Language::sql, "ALTER TABLE IF EXISTS public.stays ADD COLUMN note TEXT;", "public.stays"},
        {Language::cmake, "add_library(lk_base STATIC a.cpp)", "lk_base"},
        {Language::make, "install: all", "install"},
        {Language::general, "    override fun close(reason: String) {", "close"},
        {Language::general, "message Arrival {", "Arrival"},
        {Language::markdown, "### Install `make`", "Install `make`"},
        {Language::json, "  \"timeout\": 30,", "timeout"},
        {Language::yaml, "  - name: checkout", "name"},
        {Language::assignments, "ExecStart=/usr/bin/lanekeeperd", "ExecStart"},
    }));
    CAPTURE(std::string(example.line));
    CHECK(name_in(example.language, example.line) == example.name);
}

TEST_CASE("calls, variables and prose are not taken for definitions", "[builtin]") {
    const Example example = GENERATE(values<Example>({
        {Language::c_family, "    return find(name);", ""},
        {Language::c_family, "    std::lock_guard<std::mutex> lock(mutex_);", ""},
        {Language::c_family, "    if (ready && check(x)) {", ""},
        {Language::c_family, "    } else if (done(x)) {", ""},
        {Language::c_family, "    plan.release(0);", ""},
        {Language::c_family, "    auto x = make(1, 2);", ""},
        {Language::c_family, "    std::string text(5, 'x');", ""},
        {Language::c_family, "    Timer timer(io, std::chrono::seconds(1));", ""},
        {Language::c_family, "    co_await wait(timer);", ""},
        {Language::c_family, "class Hub;", ""},
        {Language::c_family, "// int old(int a) {", ""},
        {Language::c_family, "    Hub(const Hub&) = delete;", ""},
        {Language::java, "        return new Plan(rows) {", ""},
        {Language::java, "        for (Entry entry : entries) {", ""},
        {Language::javascript, "    if (late) {", ""},
        {Language::javascript, "    rows.map((row) => row.ship);", ""},
        {Language::javascript, "  const total = rows.length;", ""},
        {Language::python, "    return classify(x)", ""},
        {Language::python, "default = 3", ""},
        {Language::go, "\tfunc() {", ""},
        {Language::rust, "    let f = find(x);", ""},
        {Language::shell, "build_all --fast", ""},
        {Language::sql, "SELECT name FROM stays;", ""},
        {Language::markdown, "#hashtag", ""},
        {Language::yaml, "  # name: no", ""},
        {Language::yaml, "http://example.org", ""},
    }));
    CAPTURE(std::string(example.line));
    CHECK(name_in(example.language, example.line) == "");
}

TEST_CASE("what others can use is marked as exported", "[builtin]") {
    CHECK(definition_in(Language::rust, line_of("pub fn total() -> u32 {"))->exported);
    CHECK_FALSE(definition_in(Language::rust, line_of("fn total() -> u32 {"))->exported);
    CHECK(definition_in(Language::go, line_of("func Route() {"))->exported);
    CHECK_FALSE(definition_in(Language::go, line_of("func route() {"))->exported);
    CHECK(definition_in(Language::c_family, line_of("int depth() const;", true))->exported);
    CHECK_FALSE(definition_in(Language::c_family, line_of("int depth() {"))->exported);
    CHECK_FALSE(definition_in(Language::python, line_of("def _rounded(x):"))->exported);
}

TEST_CASE("manifests tell packages from their own fields", "[builtin]") {
    const auto package = [](std::string_view path, std::string_view line) {
        const auto found = dependency_in(path, line_of(line));
        return found ? std::string(found->name) + " " + std::string(found->value) : "";
    };
    CHECK(package("web/package.json", "    \"@types/node\": \"^20.1.0\",") == "@types/node ^20.1.0");
    CHECK(package("web/package.json", "  \"version\": \"1.4.0\",") == "");
    CHECK(package("web/package.json", "    \"test\": \"vitest run\",") == "");
    CHECK(package("Cargo.toml", "serde = { version = \"1.0.2\", features = [\"derive\"] }") == "serde 1.0.2");
    CHECK(package("Cargo.toml", "edition = \"2021\"") == "");
    CHECK(package("go.mod", "\tgolang.org/x/time v0.5.0 // indirect") == "golang.org/x/time v0.5.0");
    CHECK(package("requirements-dev.txt", "pytest==7.4.3  # tests") == "pytest 7.4.3");
    CHECK(package("pyproject.toml", "    \"httpx[http2]>=0.25\",") == "httpx >=0.25");
    CHECK(package("Gemfile", "gem \"rails\", \"~> 7.1\"") == "rails ~> 7.1");
}
