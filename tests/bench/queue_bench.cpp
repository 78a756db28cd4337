// The figures of the queue, on the real daemon in one run:
//   build/release/tests/bench/queue_bench build/release/daemon/lanekeeperd [jobs per run, default 20000]
#include "bench/daemon_process.hpp"
#include "bench/http_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fcntl.h>
#include <functional>
#include <memory>

namespace {

using namespace lanekeeper;
using namespace lanekeeper::bench;
using Seconds = std::chrono::duration<double>;
using Steady = std::chrono::steady_clock;

constexpr int lanes = 64;

std::map<std::string, std::string> roomy() {
    return {{"ORCHESTRATOR_QUEUE_MAX_PER_PROJECT", "1000000"}, {"ORCHESTRATOR_QUEUE_MAX_GLOBAL", "1000000"}};
}

class Folder {
public:
    Folder() : path(std::filesystem::temp_directory_path() / fmt::format("lanekeeper-bench-{}-{}", ::getpid(), ++made)) {
        std::filesystem::create_directories(path);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    const std::filesystem::path path;

private:
    static inline int made = 0;
};

void throw_on(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
}

void expect(const Answer& answer, int status) {
    if (answer.status != status) throw std::runtime_error(fmt::format("{} instead of {}: {}", answer.status, status, answer.body));
}

// What the disk can do: 4 KiB appended and synced, over and over, for a second.
double fdatasync_rate() {
    Folder folder;
    int fd = ::open((folder.path / "sync").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    std::string page(4096, 'x');
    int syncs = 0;
    auto began = Steady::now();
    for (; Steady::now() - began < std::chrono::seconds{1}; ++syncs) {
        if (::write(fd, page.data(), page.size()) < 0 || ::fdatasync(fd) != 0) throw std::runtime_error("cannot sync");
    }
    Seconds took = Steady::now() - began;
    ::close(fd);
    return syncs / took.count();
}

Task<void> enqueue_many(unsigned short port, int first, int count, int step) {
    auto executor = co_await asio::this_coro::executor;
    HttpClient client(executor, port);
    co_await client.connect();
    for (int i = first; i < count; i += step) {
        auto body = fmt::format(R"({{"type":"noop","projectId":"lane-{}","payload":{{}}}})", i % lanes);
        auto calling = client.call("POST", "/api/orchestrator/jobs", body);
        auto answer = co_await std::move(calling);
        expect(answer, 202);
    }
}

double enqueue_rate(unsigned short port, int connections, int jobs) {
    asio::io_context context(1);
    auto began = Steady::now();
    for (int i = 0; i < connections; ++i) {
        auto work = enqueue_many(port, i, jobs, connections);
        asio::co_spawn(context, std::move(work), throw_on);
    }
    context.run();
    return jobs / Seconds(Steady::now() - began).count();
}

Task<void> once(unsigned short port, std::string verb, std::string path, std::string body, std::shared_ptr<Answer> answer) {
    auto executor = co_await asio::this_coro::executor;
    HttpClient client(executor, port);
    co_await client.connect();
    auto calling = client.call(verb, path, body);
    *answer = co_await std::move(calling);
}

Answer call(unsigned short port, std::string verb, std::string path, std::string body = "") {
    asio::io_context context(1);
    auto answer = std::make_shared<Answer>();
    auto work = once(port, std::move(verb), std::move(path), std::move(body), answer);
    asio::co_spawn(context, std::move(work), throw_on);
    context.run();
    return *answer;
}

void command_lanes(unsigned short port, const char* command) {
    for (int i = 0; i < lanes; ++i)
        expect(call(port, "POST", fmt::format("/api/orchestrator/lanes/lane-{}/{}", i, command)), 200);
}

double metric(unsigned short port, const std::string& name) {
    auto text = call(port, "GET", "/metrics").body;
    auto at = text.find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::atof(text.c_str() + at + name.size() + 2);
}

struct Batches {
    double count = 0, sum = 0;
};

// The store's figures are gathered every two seconds: wait for the next gathering.
Batches batches(unsigned short port) {
    ::usleep(2200 * 1000);
    return {metric(port, "lanekeeper_commit_batch_size_count"), metric(port, "lanekeeper_commit_batch_size_sum")};
}

void bench_enqueue(const std::string& binary, int jobs) {
    fmt::print("fdatasync of 4 KiB: {:.0f} a second\n", fdatasync_rate());
    Folder folder;
    DaemonProcess daemon(binary, folder.path, roomy());
    daemon.await_port();
    fmt::print("resident, idle: {:.1f} MiB\n", daemon.resident_mib());
    command_lanes(daemon.port, "pause");
    double alone = 0;
    for (int connections : {1, 16, 64}) {
        auto before = batches(daemon.port);
        double rate = enqueue_rate(daemon.port, connections, connections == 1 ? jobs / 4 : jobs);
        auto after = batches(daemon.port);
        if (connections == 1) alone = rate;
        fmt::print("durable enqueues, {:2} connections: {:.0f} a second, {:.1f} jobs a commit, {:.1f} times one connection\n",
                   connections, rate, (after.sum - before.sum) / (after.count - before.count), rate / alone);
    }
}

std::string job_id_of(const Answer& answer) {
    constexpr std::string_view name = R"("jobId":")";
    auto at = answer.body.find(name);
    if (at == std::string::npos) throw std::runtime_error("no jobId in " + answer.body);
    at += name.size();
    return answer.body.substr(at, answer.body.find('"', at) - at);
}

Task<void> one_at_a_time(unsigned short port, int jobs, std::shared_ptr<std::vector<double>> took) {
    auto executor = co_await asio::this_coro::executor;
    HttpClient client(executor, port);
    co_await client.connect();
    for (int i = 0; i < jobs; ++i) {
        auto began = Steady::now();
        auto enqueuing = client.call("POST", "/api/orchestrator/jobs", R"({"type":"noop","projectId":"single","payload":{}})");
        auto queued = co_await std::move(enqueuing);
        expect(queued, 202);
        auto path = "/api/orchestrator/jobs/" + job_id_of(queued) + "?wait=10s";
        auto waiting = client.call("GET", path, "");
        auto ended = co_await std::move(waiting);
        expect(ended, 200);
        took->push_back(Seconds(Steady::now() - began).count() * 1000);
    }
}

void bench_latency(const std::string& binary) {
    Folder folder;
    DaemonProcess daemon(binary, folder.path, roomy());
    daemon.await_port();
    asio::io_context context(1);
    auto took = std::make_shared<std::vector<double>>();
    auto work = one_at_a_time(daemon.port, 2000, took);
    asio::co_spawn(context, std::move(work), throw_on);
    context.run();
    std::sort(took->begin(), took->end());
    fmt::print("noop, enqueue to completed, one at a time: p50 {:.2f} ms, p99 {:.2f} ms\n", (*took)[took->size() / 2],
               (*took)[took->size() * 99 / 100]);
}

void await_drained(unsigned short port) {
    while (metric(port, "lanekeeper_queue_depth") > 0) ::usleep(5000);
}

void bench_bulk(const std::string& binary, int jobs, int slots) {
    Folder folder;
    auto settings = roomy();
    settings["ORCHESTRATOR_QUEUE_GLOBAL_CONCURRENCY"] = std::to_string(slots);
    DaemonProcess daemon(binary, folder.path, settings);
    daemon.await_port();
    command_lanes(daemon.port, "pause");
    enqueue_rate(daemon.port, 64, jobs);
    auto began = Steady::now();
    command_lanes(daemon.port, "resume");
    await_drained(daemon.port);
    fmt::print("noop in bulk, {} jobs on {} lanes, {} at once: {:.0f} completed a second\n", jobs, lanes, slots,
               jobs / Seconds(Steady::now() - began).count());
}

void bench_backlog(const std::string& binary) {
    constexpr int backlog = 100'000;
    Folder folder;
    {
        DaemonProcess daemon(binary, folder.path, roomy());
        daemon.await_port();
        command_lanes(daemon.port, "pause");
        enqueue_rate(daemon.port, 64, backlog);
        fmt::print("resident, {} queued: {:.1f} MiB\n", backlog, daemon.resident_mib());
    }
    auto began = Steady::now();
    DaemonProcess daemon(binary, folder.path, roomy());
    daemon.await_port();
    fmt::print("start with {} queued: {:.0f} ms, resident {:.1f} MiB\n", backlog,
               Seconds(Steady::now() - began).count() * 1000, daemon.resident_mib());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print("usage: queue_bench LANEKEEPERD [JOBS]\n");
        return 64;
    }
    std::string binary = argv[1];
    int jobs = argc > 2 ? std::atoi(argv[2]) : 20000;
    bench_enqueue(binary, jobs);
    bench_latency(binary);
    bench_bulk(binary, jobs, 2);
    bench_bulk(binary, jobs, 16);
    bench_backlog(binary);
}
