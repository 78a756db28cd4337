#include "daemon/process.hpp"

#include "async/nursery.hpp"
#include "async/on_strand.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "daemon/app.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include <unistd.h>

namespace lanekeeper {
namespace {

constexpr int failed_start = 1;
constexpr int left_something = 3;

// Runs the context, counts the stops that were asked for, and bounds how long the last one may take.
class Process {
public:
    explicit Process(const Settings& settings)
        : settings_(settings), context_(settings.threads), app_(context_, settings),
          strand_(asio::make_strand(asio::any_io_executor(context_.get_executor()))), work_(strand_, "process"),
          signals_(strand_, SIGTERM, SIGINT) {}

    int run();

private:
    void await_signal();
    void stop(int signal);
    void run_until_done();
    bool late() const { return stops_ > 0 && clock_.mono() > stop_by_; }

    Settings settings_;
    asio::io_context context_;
    App app_;
    Strand strand_;
    Nursery work_;
    asio::signal_set signals_;
    SystemClock clock_;
    MonoTime stop_by_{};           // written before `stops_` says so
    std::atomic<int> stops_ = 0;
    std::atomic<bool> failed_ = false;
};

std::string what(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "unknown exception";
    }
}

void Process::stop(int signal) {
    log_info("stopping", {{"signal", signal}, {"again", stops_ > 0}});
    if (stops_ == 0) stop_by_ = clock_.mono() + app_.stop_bound();
    ++stops_;
    auto stopping = app_.stop();
    work_.start("stop", std::move(stopping), [this](std::exception_ptr error) {
        if (error) log_error("stop failed", {{"error", what(error)}});
        if (error) failed_ = true;
        signals_.cancel();
    });
}

void Process::await_signal() {
    signals_.async_wait([this](boost::system::error_code error, int signal) {
        if (error) return;
        stop(signal);
        await_signal();
    });
}

// Returns because nothing is left to do, or because a stop took longer than it may.
void Process::run_until_done() {
    std::vector<std::jthread> others;
    for (int i = 1; i < settings_.threads; ++i) others.emplace_back([this] { context_.run(); });
    while (!context_.stopped() && !late()) context_.run_for(std::chrono::milliseconds{200});
    if (context_.stopped()) return;
    log_error("the stop was not clean", {{"left", fmt::format("{}", fmt::join(app_.left_over(), " "))}});
    ::_exit(left_something);
}

int Process::run() {
    await_signal();
    auto starting = app_.start();
    work_.start("start", std::move(starting), [this](std::exception_ptr error) {
        if (!error) return;
        if (stops_ > 0) return log_info("stopped before it had started", {{"error", what(error)}});
        fmt::print(stderr, "lanekeeperd: {}\n", what(error));
        failed_ = true;
        stop(0);
    });
    run_until_done();
    if (!failed_ || stops_ > 1) log_info("stopped");
    return failed_ ? failed_start : 0;
}

void ignore_what_would_kill() {
    std::signal(SIGPIPE, SIG_IGN);  // writing to a peer or child that is gone is an error, not the end
    std::signal(SIGXFSZ, SIG_IGN);  // so is a file that may not grow
}

}  // namespace

Result<Settings> load_settings(const Options& options) {
    std::optional<std::string> text;
    if (options.config_file) {
        std::ifstream file(*options.config_file, std::ios::binary);
        if (!file) return Problem("invalid_setting", "cannot read the configuration file " + *options.config_file);
        text.emplace(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return read_settings(process_environment(), text);
}

int serve(const Settings& settings) {
    auto readable = ::isatty(STDERR_FILENO) ? LogFormat::text : LogFormat::json;
    configure_log(settings.log.level, settings.log.format.value_or(readable));
    ignore_what_would_kill();
    try {
        Process process(settings);
        return process.run();
    } catch (const std::exception& error) {
        fmt::print(stderr, "lanekeeperd: {}\n", error.what());
        return failed_start;
    }
}

}  // namespace lanekeeper
