#pragma once
#include "base/log.hpp"
#include "base/time.hpp"
#include "job/job.hpp"

#include <string>
#include <vector>

namespace lanekeeper {

/// The log line of one transition (queue.md 12): jobId projectId type attempt run from to reason waitMs runMs; at a
/// start also why this job was chosen (dispatch, passedOver); with the `traceparent` of the request that made the job,
/// where there was one. Never what is in the job. Views into `job`, which outlives it.
class JobLine {
public:
    /// `from`: a state, or "none" for a job that is new.
    JobLine(const Job& job, std::string_view from, std::string_view reason, Millis wait, Millis run);
    JobLine(const JobLine&) = delete;
    JobLine& operator=(const JobLine&) = delete;

    const std::vector<LogField>& fields() const { return fields_; }
    /// "job"; of a job of the pool a sentence in the words of job-orchestration.md, Logging.
    const std::string& message() const { return message_; }
    void write() const { log(LogLevel::info, message_, fields_); }

private:
    std::string id_;
    std::string message_;
    std::vector<LogField> fields_;
};

}  // namespace lanekeeper
