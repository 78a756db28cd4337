#pragma once
#include "base/histogram.hpp"
#include "base/time.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper {

/// What the daemon counts, as Prometheus text (queue.md 12). Safe to call from any thread; counting never waits on I/O.
/// No label carries job or session ids.
class Metrics {
public:
    virtual ~Metrics() = default;

    virtual void enqueued(std::string_view type) = 0;
    virtual void deduped(std::string_view type) = 0;
    virtual void started(std::string_view type, Millis waited, bool aged) = 0;
    /// `outcome`: completed, failed, canceled, expired, retry, snooze, requeue, recover; `reason`: the first word of the
    /// error; `ran`: how long the attempt did, negative when there was none.
    virtual void ended(std::string_view type, std::string_view outcome, std::string_view reason, Millis ran) = 0;
    virtual void abandoned(int change) = 0;
    virtual void explain_deferred() = 0;
    virtual void loop_lag(double seconds) = 0;

    /// Values that are read when somebody asks: a gauge or counter by full name, help text and source.
    struct Sample {
        std::string labels;  // "" or {a="b"}
        double value = 0;
    };
    virtual void add_source(std::string name, std::string type, std::string help,
                            std::function<std::vector<Sample>()> read) = 0;
    /// The same for a histogram that somebody else keeps.
    virtual void add_histogram(std::string name, std::string help, std::function<Histogram()> read) = 0;

    virtual std::string render() = 0;
};

std::unique_ptr<Metrics> make_metrics();

}  // namespace lanekeeper
