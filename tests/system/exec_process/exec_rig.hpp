#pragma once
#include "jobs/executors/declared.hpp"
#include "queue/local_queue.hpp"
#include "store/memory/memory_store.hpp"
#include "support/fake_runtime.hpp"
#include "support/real_stage.hpp"
#include "support/temp_dir.hpp"

#include <fstream>
#include <sstream>

#include <sys/types.h>

namespace lanekeeper::testing {

/// Nobody is called here.
struct NoHttp final : HttpCaller {
    Task<HttpAnswer> call(HttpCall) override { throw HttpFailed("there is nobody"); }
};

/// A queue in real time whose jobs run commands: each test declares its own.
struct ExecRig {
    ExecRig() {
        settings.pool.retry_delay = Millis{10};
        stage.wait_for(store.open());
        ledger.attach(*hub);
        stage.wait_for(queue.start());
    }
    ~ExecRig() {
        if (!stopped) stop();
        stage.wait_for(store.close());
    }

    /// /bin/sh -c `script`, with what it may do.
    void declare_script(const std::string& script, std::size_t max_output = 1 << 20) { declare({"/bin/sh", "-c", script}, max_output); }
    void declare(std::vector<std::string> argv, std::size_t max_output = 1 << 20) {
        ExecutorsConfig declared;
        name = "e" + std::to_string(++declarations);
        auto& exec = declared.exec[name];
        exec.argv = std::move(argv);
        exec.max_output = max_output;
        add_declared_executors(registry, declared, ExecutorDeps(settings, queue, http, environment));
    }

    Submission to_run(json::object payload = {}) {
        Submission job;
        job.type = "anything";
        job.executor = name;
        job.payload = std::move(payload);
        return job;
    }
    Job submit(Submission wanted) {
        std::vector<Submission> jobs;
        jobs.push_back(std::move(wanted));
        return stage.wait_for(queue.submit(std::move(jobs))).value().front().job;
    }
    Job submit() { return submit(to_run()); }
    Job look(const Job& job) { return *stage.wait_for(queue.get(job.id())); }
    Job finished(const Job& job) { return *stage.wait_for(queue.wait_terminal(job.id(), std::chrono::minutes{1})); }
    Job run(Submission wanted) { return finished(submit(std::move(wanted))); }
    Job run() { return run(to_run()); }
    Job run_script(const std::string& script) {
        declare_script(script);
        return run();
    }
    json::value output(const std::string& script) { return run_script(script).result.value().at("output"); }
    Job cancel(const Job& job) {
        stage.wait_for(queue.cancel(job.id(), "user")).value();
        return finished(job);
    }
    void stop() {
        stopped = true;
        stage.wait_for(queue.stop(StopOptions(Millis{0}, Millis{10'000})));
    }

    /// A number that a command writes into a file of `dir`.
    pid_t number_in(const std::string& file) {
        pid_t number = 0;
        stage.until([&] {
            std::ifstream in(dir.file(file));
            return bool(in >> number);
        });
        return number;
    }
    /// Gone, or at least dead: who has taken its parent's place may not look after it.
    static bool dead(pid_t pid) {
        std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
        std::ostringstream text;
        text << in.rdbuf();
        auto after_name = text.str().rfind(") ");
        return after_name == std::string::npos || text.str().at(after_name + 2) == 'Z';
    }

    TempDir dir;
    Settings settings;
    std::vector<std::string> environment{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nowhere", "OPENAI_API_KEY=secret", "FOO=bar"};
    RealStage stage;
    MemoryStore store{stage.time};
    std::unique_ptr<Hub> hub = make_hub(0);
    Ledger ledger{store};
    Registry registry;
    FakeRuntime runtime;
    SeededRandom random{1};
    std::unique_ptr<Metrics> metrics = make_metrics();
    NoHttp http;
    LocalQueue queue{ledger, registry, runtime, stage.time, random, *metrics, settings.queue, stage.executor(), settings.pool};
    std::string name;
    int declarations = 0;
    bool stopped = false;
};

}  // namespace lanekeeper::testing
