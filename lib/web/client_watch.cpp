#include "web/client_watch.hpp"

namespace lanekeeper::web {
namespace {

// What it looks at is there as long as the nursery has children.
Task<void> watch(HttpIo& io, std::shared_ptr<Presence> presence) {
    bool gone = co_await io.wait_gone();
    if (gone) presence->leave();
}

}  // namespace

ClientWatch::ClientWatch(Nursery& nursery, HttpIo& io, std::function<void()> ended) : presence_(std::make_shared<Presence>()) {
    auto watching = watch(io, presence_);
    child_ = nursery.start("client watch", std::move(watching), [ended = std::move(ended)](std::exception_ptr failure) {
        log_escape("client watch", failure);
        ended();
    });
}

ClientWatch::~ClientWatch() { child_->cancel(asio::cancellation_type::terminal); }

}  // namespace lanekeeper::web
