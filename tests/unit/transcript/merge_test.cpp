#include "support/catch.hpp"

#include "transcript/merge.hpp"
#include "transcript/rows.hpp"

using namespace lanekeeper;
using namespace lanekeeper::transcript;

namespace {

Entry row(std::string id, Status status = Status::complete, std::string content = "text") {
    Entry entry;
    entry.message_id = std::move(id);
    entry.turn_id = "t1";
    entry.type = "agentMessage";
    entry.role = Role::assistant;
    entry.status = status;
    entry.content = std::move(content);
    return entry;
}

Entry times(Entry entry, std::int64_t started, std::int64_t completed) {
    entry.started_at = started;
    entry.completed_at = completed;
    return entry;
}

}  // namespace

TEST_CASE("a terminal row never goes back to streaming and keeps its text") {
    for (auto status : {Status::complete, Status::canceled, Status::error}) {
        auto merged = merge_entries(row("a", status, "done"), row("a", Status::streaming, "again"));
        CHECK(merged.status == status);
        CHECK(merged.content == "done");
    }
}

TEST_CASE("a streaming row becomes what ends it") {
    auto merged = merge_entries(row("a", Status::streaming, "half"), row("a", Status::complete, "whole"));
    CHECK(merged.status == Status::complete);
    CHECK(merged.content == "whole");
}

TEST_CASE("a complete row is not undone by a late cancel or error") {
    auto merged = merge_entries(row("a", Status::complete, "whole"), row("a", Status::error, "failed"));
    CHECK(merged.status == Status::complete);
    CHECK(merged.content == "whole");
}

TEST_CASE("a failed row that succeeds after all becomes complete") {
    auto merged = merge_entries(row("a", Status::error, "failed"), row("a", Status::complete, "whole"));
    CHECK(merged.status == Status::complete);
    CHECK(merged.content == "whole");
}

TEST_CASE("between two rows of equal standing the newer wins") {
    CHECK(merge_entries(row("a", Status::complete, "old"), row("a", Status::complete, "new")).content == "new");
    CHECK(merge_entries(row("a", Status::streaming, "old"), row("a", Status::streaming, "new")).content == "new");
}

TEST_CASE("a row keeps its earliest start and latest end") {
    auto merged = merge_entries(times(row("a"), 20, 30), times(row("a"), 10, 25));
    CHECK(merged.started_at == 10);
    CHECK(merged.completed_at == 30);
}

TEST_CASE("an end that nobody told us moves none that is there, and stands where there is none") {
    auto again = times(row("a"), 15, 45);
    again.end_is_ours = true;
    auto merged = merge_entries(times(row("a"), 20, 30), again);
    CHECK(merged.started_at == 15);
    CHECK(merged.completed_at == 30);
    CHECK(merge_entries(row("a", Status::streaming), again).completed_at == 45);
    again.end_is_ours = false;
    CHECK(merge_entries(times(row("a"), 20, 30), again).completed_at == 45);
}

TEST_CASE("the store is told whose end a row has") {
    auto told = times(row("a"), 20, 30);
    auto ours = times(row("a"), 15, 45);
    ours.end_is_ours = true;
    for (auto* put : {&put_base, &put_own}) {
        auto before = (*put)("thread", told).body;
        auto heard = (*put)("thread", ours);
        CHECK(heard.merge(before, heard.body).at("completedAt") == 30);
        auto said = (*put)("thread", times(row("a"), 15, 45));
        CHECK(said.merge(before, said.body).at("completedAt") == 45);
    }
}

TEST_CASE("what the winner leaves out is kept from the other") {
    auto existing = row("a", Status::streaming, "said so far");
    existing.details = R"({"anchorItemId":"i1","jobId":"j"})";
    Entry closing;
    closing.message_id = "a";
    closing.turn_id = "t1";
    closing.status = Status::canceled;
    auto merged = merge_entries(existing, closing);
    CHECK(merged.status == Status::canceled);
    CHECK(merged.content == "said so far");
    CHECK(merged.type == "agentMessage");
    CHECK(merged.role == Role::assistant);
    CHECK(merged.details == existing.details);
}

TEST_CASE("details are merged by member, the winner's first") {
    auto existing = row("a", Status::streaming);
    existing.details = R"({"anchorItemId":"i1","source":"queued"})";
    auto incoming = row("a");
    incoming.details = R"({"source":"builtin","truncated":true})";
    auto merged = merge_entries(existing, incoming);
    CHECK(json::parse(*merged.details) == json::parse(R"({"anchorItemId":"i1","source":"builtin","truncated":true})"));
}

TEST_CASE("id and turn of the row that is there stay") {
    auto incoming = row("a");
    incoming.turn_id = "t2";
    CHECK(merge_entries(row("a"), incoming).turn_id == "t1");
}

TEST_CASE("a streaming row has no end") {
    auto existing = row("a", Status::streaming);
    auto incoming = times(row("a", Status::streaming), 1, 2);
    CHECK_FALSE(merge_entries(existing, incoming).completed_at);
}

TEST_CASE("rows survive their way through the store") {
    auto entry = times(row("a"), 1, 2);
    entry.details = "{}";
    CHECK(entry_from_json(to_json(entry)) == entry);
    auto put = put_base("thread", entry);
    CHECK(put.key == "t1/a");
    CHECK(put.merge(put.body, put.body) == put.body);
}
