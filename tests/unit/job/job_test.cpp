#include "base/ids.hpp"
#include "job/job.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;

TEST_CASE("owners are project ids or sessions, and never the pool") {
    CHECK(is_well_formed_owner("p1"));
    CHECK(is_well_formed_owner("A_b.c-9"));
    CHECK(is_well_formed_owner("session:abc"));
    CHECK(is_well_formed_owner(std::string(128, 'a')));
    CHECK(is_well_formed_owner("session:" + std::string(128, 'a')));
    for (const char* bad : {"", "pool", "a b", "session:", "session:a b", "p/1", "pr\xc3\xb6", "a:b", "session:a:b"}) {
        INFO(bad);
        CHECK_FALSE(is_well_formed_owner(bad));
    }
    CHECK_FALSE(is_well_formed_owner(std::string(129, 'a')));
    CHECK(owner_session(session_owner("s1")) == "s1");
    CHECK_FALSE(owner_session("p1"));
}

TEST_CASE("priorities up to two are interactive") {
    CHECK(class_of(0) == JobClass::interactive);
    CHECK(class_of(2) == JobClass::interactive);
    CHECK(class_of(3) == JobClass::background);
    CHECK(class_of(10) == JobClass::background);
    CHECK(class_of(interactive_priority) == JobClass::interactive);
    CHECK(class_of(background_priority) == JobClass::background);
}

TEST_CASE("a job's id is its key in other words") {
    Job job;
    job.key = 123456789;
    CHECK(job_key(job.id()) == job.key);
    CHECK(job.in_pool());
}
