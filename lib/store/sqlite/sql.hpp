#pragma once
#include <string>
#include <vector>

namespace lanekeeper::sqlite {

/// Every statement on our tables but the migrations. Their query plans are a test: none scans a table.
enum class Sql {
    job_head,
    job_by_key,
    job_duplicate,
    insert_job,
    insert_payload,
    update_job,
    update_payload,
    delete_job,
    delete_payload,
    insert_edge,
    delete_edge,
    dependencies_of,
    dependents,
    key_of_client_id,
    set_open_dependencies,
    members_of_workflow,
    keys_of_all,
    keys_of_all_back,
    keys_by_state,
    keys_by_state_back,
    keys_of_owner,
    keys_of_owner_back,
    keys_by_type,
    keys_by_type_back,
    keys_of_workflow,
    keys_of_workflow_back,
    open_jobs,
    open_jobs_to_count,
    open_jobs_of_session,
    record_by_name,
    record_by_order,
    insert_record,
    update_record,
    delete_record,
    delete_record_by_order,
    delete_scope,
    records_of_scope,
    records_of_kind,
    insert_event,
    events_after,
    oldest_event,
    delete_events,
    marks,
    save_marks,
    count_commit,
    epoch,
    save_epoch,
    both_ends,
    hours,
    save_hour,
    delete_hours,
    owner_after,
    ended_keys,
    ended_jobs,
    expired_records,
    set_aside_job,
    set_aside_record,
};

struct SqlText {
    Sql id;
    std::string name;
    std::string text;
    bool walks = false;  // goes along a table from one end, and says how far it may
};

/// In the order of the enumeration.
const std::vector<SqlText>& all_sql();
const SqlText& sql_text(Sql id);

}  // namespace lanekeeper::sqlite
