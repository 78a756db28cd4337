#include "store/sqlite/reader.hpp"


namespace lanekeeper::sqlite {

Reader::Reader(DatabaseOptions options, Report report) : options_(std::move(options)), report_(std::move(report)) {
    // Open from the start: while this handle lives, the file's shared memory does.
    statements();
}

Statements& Reader::statements() {
    if (closed_) throw StorageUnavailable("the store is closed");
    if (!statements_) {
        connection_ = open_for_reading(options_);
        statements_ = std::make_unique<Statements>(*connection_);
        Query(*statements_, Sql::marks).step();
    }
    return *statements_;
}

void Reader::drop() {
    statements_.reset();
    connection_.reset();
}

Task<bool> Reader::close() {
    return run_on(thread_, [this] {
        drop();
        closed_ = true;
        return true;
    });
}

}  // namespace lanekeeper::sqlite
