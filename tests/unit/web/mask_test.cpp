#include "web/mask.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace lanekeeper::web;

TEST_CASE("The secrets of a configuration are masked, wherever they stand") {
    auto config = json::parse(R"({"config":{
        "mcp_servers":{"x":{"command":"run","env":{"TOKEN":"sekret","PLAIN":"sekret"},"http_headers":{"X":"sekret"},"bearer_token":"sekret"}},
        "model_providers":{"o":{"base_url":"http://there/","experimental_bearer_token":"sekret","api_key":"sekret","apiKey":["sekret"]}},
        "shell_environment_policy":{"inherit":"core","set":{"A":"sekret"}},
        "db":{"Password":"sekret","client_secret":{"value":"sekret"}}},
        "layers":[{"name":"user","config":{"mcp_servers":{"x":{"env":{"TOKEN":"sekret"}}}}}]})");
    auto shown = masked(config);
    auto text = json::serialize(shown);
    INFO(text);
    CHECK(text.find("sekret") == std::string::npos);
    const auto& server = shown.at_pointer("/config/mcp_servers/x").as_object();
    CHECK(server.at("command") == "run");
    CHECK(server.at("env") == json::parse(R"({"TOKEN":"***","PLAIN":"***"})"));
    CHECK(shown.at_pointer("/config/model_providers/o/base_url") == "http://there/");
    CHECK(shown.at_pointer("/config/shell_environment_policy/inherit") == "core");
    CHECK(shown.at_pointer("/layers/0/name") == "user");
}

TEST_CASE("What is no secret is not masked") {
    auto config = json::parse(R"({"config":{"model":"m","model_auto_compact_token_limit":1000,"keymap":{"a":"b"},
        "features":{"secrets":true},"approval_policy":"never","tokens":null,"environment":"dev"}})");
    CHECK(masked(config) == config);
    CHECK(masked(json::value("plain")) == "plain");
}
