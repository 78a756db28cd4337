#pragma once
#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <mutex>

namespace lanekeeper::testing {

/// A disk that can be told to fail: a SQLite VFS named "fault" in front of the default one. One for the process.
class FaultyDisk {
public:
    static constexpr const char* name = "fault";

    static FaultyDisk& get() {
        static FaultyDisk disk;
        return disk;
    }
    /// From the nth write or sync on (1: the next), all of them fail with this code, until `heal`.
    void fail_from(int nth, int code) {
        code_ = code;
        left_ = nth;
    }
    /// Only syncs fail.
    void fail_syncs_from(int nth, int code) {
        fail_from(nth, code);
        only_syncs_ = true;
    }
    void heal() {
        left_ = -1;
        only_syncs_ = false;
    }
    bool has_failed() const { return left_ == 0; }
    /// Called in every sync, on the thread that asked for it.
    void on_sync(std::function<void()> hook) {
        std::lock_guard lock(mutex_);
        hook_ = std::move(hook);
    }

private:
    struct File {
        sqlite3_file base;
        sqlite3_file* real;
    };
    static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

    FaultyDisk() {
        below_ = sqlite3_vfs_find(nullptr);
        vfs_ = *below_;
        vfs_.zName = name;
        vfs_.pNext = nullptr;
        vfs_.szOsFile = int(sizeof(File)) + below_->szOsFile;
        vfs_.xOpen = &FaultyDisk::open;
        sqlite3_vfs_register(&vfs_, 0);
    }

    int verdict(bool is_sync) {
        if (left_ < 0 || (only_syncs_ && !is_sync)) return SQLITE_OK;
        if (left_ > 0) --left_;
        return left_ == 0 ? code_.load() : SQLITE_OK;
    }

    static int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out) {
        auto* mine = reinterpret_cast<File*>(file);
        mine->real = reinterpret_cast<sqlite3_file*>(mine + 1);
        std::memset(mine->real, 0, std::size_t(get().below_->szOsFile));
        int code = get().below_->xOpen(get().below_, path, mine->real, flags, out);
        mine->base.pMethods = code == SQLITE_OK && mine->real->pMethods ? methods() : nullptr;
        return code;
    }
    static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
        if (int code = get().verdict(false)) return code;
        return real(file)->pMethods->xWrite(real(file), data, size, at);
    }
    static int sync(sqlite3_file* file, int flags) {
        std::function<void()> hook;
        {
            std::lock_guard lock(get().mutex_);
            hook = get().hook_;
        }
        if (hook) hook();
        if (int code = get().verdict(true)) return code;
        return real(file)->pMethods->xSync(real(file), flags);
    }

    static const sqlite3_io_methods* methods() {
        static sqlite3_io_methods m = [] {
            sqlite3_io_methods all{};
            all.iVersion = 2;
            all.xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); };
            all.xRead = [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) { return real(f)->pMethods->xRead(real(f), to, n, at); };
            all.xWrite = &FaultyDisk::write;
            all.xTruncate = [](sqlite3_file* f, sqlite3_int64 n) { return real(f)->pMethods->xTruncate(real(f), n); };
            all.xSync = &FaultyDisk::sync;
            all.xFileSize = [](sqlite3_file* f, sqlite3_int64* n) { return real(f)->pMethods->xFileSize(real(f), n); };
            all.xLock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); };
            all.xUnlock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); };
            all.xCheckReservedLock = [](sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); };
            all.xFileControl = [](sqlite3_file* f, int op, void* arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); };
            all.xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); };
            all.xDeviceCharacteristics = [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); };
            all.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
                return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
            };
            all.xShmLock = [](sqlite3_file* f, int at, int n, int flags) { return real(f)->pMethods->xShmLock(real(f), at, n, flags); };
            all.xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); };
            all.xShmUnmap = [](sqlite3_file* f, int gone) { return real(f)->pMethods->xShmUnmap(real(f), gone); };
            return all;
        }();
        return &m;
    }

    sqlite3_vfs* below_ = nullptr;
    sqlite3_vfs vfs_{};
    std::atomic<int> left_ = -1;  // -1: healthy
    std::atomic<int> code_ = SQLITE_OK;
    std::atomic<bool> only_syncs_ = false;
    std::mutex mutex_;
    std::function<void()> hook_;
};

}  // namespace lanekeeper::testing
