// Claims and completions of remote workers, on the real daemon:
//   build/release/tests/bench/claims_bench build/release/daemon/lanekeeperd [jobs, default 8000] [workers, default 16]
#include "bench/daemon_process.hpp"
#include "bench/http_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <vector>

namespace {

using namespace lanekeeper;
using namespace lanekeeper::bench;
using Seconds = std::chrono::duration<double>;
using Steady = std::chrono::steady_clock;

void throw_on(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
}

void expect(const Answer& answer, int status) {
    if (answer.status != status) throw std::runtime_error(fmt::format("{} instead of {}: {}", answer.status, status, answer.body));
}

Task<void> submit(unsigned short port, int count) {
    auto executor = co_await asio::this_coro::executor;
    HttpClient client(executor, port);
    co_await client.connect();
    for (int i = 0; i < count; ++i) {
        auto calling = client.call("POST", "/api/jobs", R"({"type":"resize","executor":"worker","payload":{"size":7}})");
        auto answer = co_await std::move(calling);
        expect(answer, 201);
    }
}

Task<void> work(unsigned short port, int number, int count) {
    auto executor = co_await asio::this_coro::executor;
    HttpClient client(executor, port);
    co_await client.connect();
    auto asks = fmt::format(R"({{"workerId":"worker-{}","types":["resize"],"wait":60}})", number);
    auto ends = fmt::format(R"({{"workerId":"worker-{}","run":1,"result":{{"output":42}}}})", number);
    for (int i = 0; i < count; ++i) {
        auto claiming = client.call("POST", "/api/workers/claim", asks);
        auto claimed = co_await std::move(claiming);
        expect(claimed, 200);
        auto said = boost::json::parse(claimed.body);
        std::string id(said.at("job").at("jobId").as_string());
        auto path = fmt::format("/api/workers/jobs/{}/complete", id);
        auto completing = client.call("POST", path, ends);
        auto completed = co_await std::move(completing);
        expect(completed, 200);
    }
}

double run_all(std::vector<Task<void>> tasks) {
    asio::io_context context(1);
    auto began = Steady::now();
    for (auto& task : tasks) asio::co_spawn(context, std::move(task), throw_on);
    context.run();
    return Seconds(Steady::now() - began).count();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 64;
    int jobs = argc > 2 ? std::atoi(argv[2]) : 8000, workers = argc > 3 ? std::atoi(argv[3]) : 16;
    auto folder = std::filesystem::temp_directory_path() / fmt::format("lanekeeper-claims-{}", ::getpid());
    std::filesystem::create_directories(folder);
    {
        DaemonProcess daemon(argv[1], folder, {});
        daemon.await_port();
        int each = jobs / workers;
        std::vector<Task<void>> submitting, working;
        for (int i = 0; i < workers; ++i) submitting.push_back(submit(daemon.port, each));
        for (int i = 0; i < workers; ++i) working.push_back(work(daemon.port, i, each));
        auto before = run_all(std::move(submitting));
        auto took = run_all(std::move(working));
        fmt::print("{} jobs submitted by {} connections: {:.0f} a second\n", each * workers, workers, each * workers / before);
        fmt::print("{} jobs claimed and completed by {} workers: {:.0f} round trips a second\n", each * workers, workers,
                   each * workers / took);
    }
    std::filesystem::remove_all(folder);
    return 0;
}
