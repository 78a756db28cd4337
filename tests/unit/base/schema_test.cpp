#include "base/schema.hpp"

#include "support/catch.hpp"

using namespace lanekeeper;

namespace {

// "code path" of every issue, so that a test reads in one line.
std::vector<std::string> faults(const Schema& schema, const char* text) {
    std::vector<std::string> found;
    for (const auto& issue : schema.check(json::parse(text)))
        found.push_back(issue.code + " " + json::serialize(issue.path));
    return found;
}

using Faults = std::vector<std::string>;

Schema person() {
    return Schema::object({required("name", Schema::string(1, 5)), optional_field("age", Schema::integer(0, 150)),
                           optional_field("tags", Schema::array(Schema::word({"a", "b"}), 0, 2)),
                           optional_field("note", Schema::string().nullable())});
}

}  // namespace

TEST_CASE("a value that fits has no issues") {
    CHECK(faults(person(), R"({"name":"Ada"})").empty());
    CHECK(faults(person(), R"({"name":"Ada","age":36,"tags":["a","b"],"note":null})").empty());
    CHECK(faults(Schema::any(), R"([1,{"x":null}])").empty());
}

TEST_CASE("every fault is told at once, each with its path") {
    CHECK(faults(person(), R"({"age":-1,"tags":["a",1],"note":3,"extra":true})") ==
          Faults{R"(required ["name"])", R"(too_small ["age"])", R"(invalid_type ["tags",1])",
                 R"(invalid_type ["note"])", R"(unknown_field ["extra"])"});
}

TEST_CASE("types are not mixed up") {
    CHECK(faults(Schema::boolean(), "1") == Faults{"invalid_type []"});
    CHECK(faults(Schema::integer(0, 9), "1.5") == Faults{"invalid_type []"});
    CHECK(faults(Schema::integer(0, 9), "\"1\"") == Faults{"invalid_type []"});
    CHECK(faults(Schema::string(), "null") == Faults{"invalid_type []"});
    CHECK(faults(Schema::number(), "2").empty());
    CHECK(faults(Schema::number(), "2.5").empty());
    CHECK(faults(person(), "[]") == Faults{"invalid_type []"});
}

TEST_CASE("bounds include both ends, and huge numbers are only too big") {
    auto digit = Schema::integer(0, 9);
    CHECK(faults(digit, "0").empty());
    CHECK(faults(digit, "9").empty());
    CHECK(faults(digit, "10") == Faults{"too_big []"});
    CHECK(faults(digit, "18446744073709551615") == Faults{"too_big []"});
    CHECK(digit.check(json::value(std::size_t(9))).empty());
    CHECK(digit.check(json::value(std::size_t(10))).size() == 1);
    CHECK(faults(Schema::array(Schema::any(), 1, 2), "[]") == Faults{"too_small []"});
    CHECK(faults(Schema::array(Schema::any(), 1, 2), "[1,2,3]") == Faults{"too_big []"});
}

TEST_CASE("the length of a string is counted in characters, not bytes") {
    CHECK(faults(Schema::string(1, 3), "\"äöü\"").empty());
    CHECK(faults(Schema::string(1, 3), "\"äöüß\"") == Faults{"too_big []"});
    CHECK(faults(Schema::string(1, 3), "\"\"") == Faults{"too_small []"});
}

TEST_CASE("a pattern matches the whole string, and its rule is in the message") {
    auto id = Schema::pattern("[A-Z]{2}", "two capital letters");
    CHECK(faults(id, "\"AB\"").empty());
    CHECK(faults(id, "\"ABC\"") == Faults{"invalid_value []"});
    CHECK(id.check(json::parse("\"x\"")).front().message == "must be two capital letters");
    CHECK(faults(id, ("\"" + std::string(100'000, 'A') + "\"").c_str()) == Faults{"invalid_value []"});
}

TEST_CASE("an open object lets other members through") {
    auto open = Schema::open_object({required("id", Schema::string())});
    CHECK(faults(open, R"({"id":"x","more":[1]})").empty());
    CHECK(faults(open, R"({"more":[1]})") == Faults{R"(required ["id"])"});
}

TEST_CASE("check_input refuses with invalid_request and the issues") {
    CHECK(check_input(person(), json::parse(R"({"name":"Ada"})")).has_value());
    auto refused = check_input(person(), json::parse("{}"));
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == "invalid_request");
    CHECK(refused.error().issues.size() == 1);
}

TEST_CASE("the same rules come out as JSON Schema") {
    CHECK(person().to_json() == json::parse(R"({
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 5},
            "age": {"type": "integer", "minimum": 0, "maximum": 150},
            "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "minItems": 0, "maxItems": 2},
            "note": {"type": ["string", "null"], "minLength": 0, "maxLength": 1048576}
        },
        "required": ["name"],
        "additionalProperties": false})")
                                    .as_object());
    CHECK(Schema::pattern("a|b", "a or b").to_json().at("pattern").as_string() == "^(?:a|b)$");
    CHECK(Schema::word({"x"}).nullable().to_json().at("enum").as_array().size() == 2);
    CHECK(Schema::boolean().described("yes or no").to_json().at("description").as_string() == "yes or no");
}

TEST_CASE("an integer of our own making may be unsigned, and is held to the same bounds") {
    auto schema = lanekeeper::Schema::integer(0, 10);
    CHECK(schema.check(lanekeeper::json::value(std::uint64_t{7})).empty());
    CHECK(schema.check(lanekeeper::json::value(std::uint64_t{11})).front().code == "too_big");
    CHECK(schema.check(lanekeeper::json::value(~std::uint64_t{0})).front().code == "too_big");
}

TEST_CASE("a line has no control characters, and says so") {
    auto line = Schema::line(1, 5);
    CHECK(faults(line, R"("Ada L")").empty());
    CHECK(faults(line, R"("\u00e4\u0080")").empty());
    for (const char* text : {R"("a\u0000b")", R"("a\nb")", R"("\u001f")", R"("\u007f")"}) CHECK(faults(line, text) == Faults{"invalid_value []"});
    CHECK(line.check(json::parse(R"("\u0000")")).front().message == "must have no control characters");
    CHECK(line.to_json().at("pattern") == R"(^[^\u0000-\u001f\u007f]*$)");
}
