// A shim under the file system calls of a program (LD_PRELOAD) that cuts its power: everything that was not synced is
// gone. kill -9 does not test this, because the page cache survives the process. It can also let any single call fail.
//
// A whole server is told by its environment:
//
//   POWER_CUT_DIR=/path    only files below this folder are watched
//   POWER_CUT_AT=n         at the n-th sync (of a file or a folder) below it, the power fails
//   POWER_CUT_WHEN=before  just before that sync takes effect (default), or `after` it and before its caller hears of
//   it
//
// A program that was made for it (fault_steps.cpp) calls what is in power_cut.h.
//
// Strict rules: bytes written since a file's last sync are undone, and so are files and folders created, renamed,
// linked or removed since their folder's last sync, even if the file itself was synced. Then the process ends with
// SIGKILL.
#include "tests/faults/power_cut.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace {

using yubin::faults::kKilled;
using yubin::faults::kPowerCut;
using yubin::faults::kTorn;

template <class F>
F real(char const* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

using Open = int (*)(char const*, int, ...);
using OpenAt = int (*)(int, char const*, int, ...);
using Close = int (*)(int);
using Write = ssize_t (*)(int, void const*, std::size_t);
using PWrite = ssize_t (*)(int, void const*, std::size_t, off_t);
using WriteV = ssize_t (*)(int, iovec const*, int);
using Sync = int (*)(int);
using Truncate = int (*)(int, off_t);
using Rename = int (*)(char const*, char const*);
using Unlink = int (*)(char const*);
using UnlinkAt = int (*)(int, char const*, int);
using Link = int (*)(char const*, char const*);
using MakeDir = int (*)(char const*, mode_t);
using RemoveDir = int (*)(char const*);
using Allocate = int (*)(int, int, off_t, off_t);
using PosixAllocate = int (*)(int, off_t, off_t);

using Inode = std::pair<dev_t, ino_t>;
using Undo = std::function<void()>;

// Bytes that a write or a truncation replaced, and how long the file was.
struct Overwritten {
  off_t offset;
  std::string bytes;
  off_t size_before;
};

struct File {
  std::string path;                // where it is now
  std::vector<Overwritten> bytes;  // not synced, oldest first
};

// A file made, renamed or removed in a folder that was not synced since.
struct EntryChange {
  std::shared_ptr<File> folder;
  Undo undo;
};

struct Power {
  std::recursive_mutex mutex;
  std::string folder;
  long cut_at = 0;
  bool cut_after = false;
  long syncs = 0;
  long calls = -1;       // since arming; -1: not armed
  long armed_syncs = 0;  // when it was armed
  long written = 0;      // since arming, bytes
  long fault_at = 0;
  int fault = 0;  // 0: none; below 0: one of power_cut.h; else the errno
  long removed = 0;
  std::map<int, std::shared_ptr<File>> descriptors;
  std::map<Inode, std::shared_ptr<File>> files;
  std::vector<EntryChange> entries;  // oldest first
};

thread_local int inside = 0;  // calls of this file that the thread is in

Power& power() {
  static Power* const instance = [] {
    auto* made = new Power;
    if (char const* folder = std::getenv("POWER_CUT_DIR")) made->folder = folder;
    if (char const* at = std::getenv("POWER_CUT_AT")) made->cut_at = std::atol(at);
    if (char const* when = std::getenv("POWER_CUT_WHEN")) made->cut_after = std::strcmp(when, "after") == 0;
    return made;
  }();
  return *instance;
}

// What is done under it is this file's, not the program's.
class Lock {
 public:
  Lock() {
    ++inside;
    power().mutex.lock();
  }
  ~Lock() {
    power().mutex.unlock();
    --inside;
  }
  Lock(Lock const&) = delete;
  Lock& operator=(Lock const&) = delete;
};

std::string absolute(char const* path) {
  if (path[0] == '/') return path;
  char here[4096];
  return ::getcwd(here, sizeof(here)) != nullptr ? std::string(here) + "/" + path : path;
}

bool watched(std::string const& path) {
  std::string const& folder = power().folder;
  return !folder.empty() && (path == folder || path.starts_with(folder + "/"));
}

std::string parent_of(std::string const& path) {
  return path.substr(0, path.rfind('/'));
}

std::shared_ptr<File> file_of(struct stat const& status, std::string const& path) {
  auto& file = power().files[{status.st_dev, status.st_ino}];
  if (!file) {
    file = std::make_shared<File>();
    file->path = path;
  }
  return file;
}

std::shared_ptr<File> folder_of(std::string const& path) {
  std::string parent = parent_of(path);
  struct stat status{};
  if (::stat(parent.c_str(), &status) != 0) return std::make_shared<File>();
  return file_of(status, parent);
}

void entry_changed(std::string const& path, Undo undo) {
  power().entries.push_back({folder_of(path), std::move(undo)});
}

void track(int descriptor, std::string const& path, bool created) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return;
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return;
  if (created) power().files.erase({status.st_dev, status.st_ino});  // the number may have been another file's
  std::shared_ptr<File> file = file_of(status, path);
  power().descriptors[descriptor] = file;
  if (created) entry_changed(path, [file] { real<Unlink>("unlink")(file->path.c_str()); });
}

// A number may be something else by now, when what had it was closed within the C library.
std::shared_ptr<File> find(int descriptor) {
  auto const found = power().descriptors.find(descriptor);
  if (found == power().descriptors.end()) return nullptr;
  struct stat status{};
  bool const is_file = ::fstat(descriptor, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
  if (is_file) return found->second;
  power().descriptors.erase(found);
  return nullptr;
}

// The whole path of what is in an open folder; empty: the folder is not known.
std::string below(int folder, char const* path) {
  Lock const lock;
  std::shared_ptr<File> const known = find(folder);
  return known ? known->path + "/" + path : std::string();
}

void remember(int descriptor, File& file, off_t offset, std::size_t length) {
  power().written += static_cast<long>(length);
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return;
  Overwritten old{offset, {}, status.st_size};
  if (offset < status.st_size) {
    old.bytes.resize(std::min<std::size_t>(length, static_cast<std::size_t>(status.st_size - offset)));
    int reader = real<Open>("open")(file.path.c_str(), O_RDONLY | O_CLOEXEC);
    if (::pread(reader, old.bytes.data(), old.bytes.size(), offset) < 0) old.bytes.clear();
    real<Close>("close")(reader);
  }
  file.bytes.push_back(std::move(old));
}

// A folder was renamed: so were the files in it.
void moved_below(std::string const& from, std::string const& to) {
  for (auto& [inode, file] : power().files)
    if (file->path.starts_with(from + "/")) file->path = to + file->path.substr(from.size());
}

off_t position(int descriptor) {
  if ((::fcntl(descriptor, F_GETFL) & O_APPEND) != 0) {
    struct stat status{};
    ::fstat(descriptor, &status);
    return status.st_size;
  }
  return ::lseek(descriptor, 0, SEEK_CUR);
}

void undo(int descriptor, Overwritten const& old) {
  if (!old.bytes.empty()) (void)real<PWrite>("pwrite")(descriptor, old.bytes.data(), old.bytes.size(), old.offset);
  (void)real<Truncate>("ftruncate")(descriptor, old.size_before);
}

// Of a write that made the file longer, half is left.
void undo_half(int descriptor, Overwritten const& old) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0 || status.st_size <= old.size_before) return;
  (void)real<Truncate>("ftruncate")(descriptor, old.size_before + (status.st_size - old.size_before) / 2);
}

void undo_bytes(File const& file, bool torn) {
  int descriptor = real<Open>("open")(file.path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  std::size_t const keep = torn ? file.bytes.size() / 2 : 0;
  for (std::size_t i = file.bytes.size(); i-- > keep;) {
    if (torn && i == keep) {
      undo_half(descriptor, file.bytes[i]);
    } else {
      undo(descriptor, file.bytes[i]);
    }
  }
  real<Close>("close")(descriptor);
}

[[noreturn]] void cut(int fault) {
  power().folder.clear();  // what follows is not watched
  if (fault != kKilled) {
    for (auto& [inode, file] : power().files)
      if (!file->bytes.empty()) undo_bytes(*file, fault == kTorn);
  }
  if (fault == kPowerCut) {
    for (auto change = power().entries.rbegin(); change != power().entries.rend(); ++change) change->undo();
  }
  ::kill(::getpid(), SIGKILL);
  ::_exit(137);
}

// Counts a call that changes something below the folder. True: it fails, and errno says how.
bool fails() {
  Power& state = power();
  if (state.calls < 0) return false;
  ++state.calls;
  if (state.calls != state.fault_at || state.fault == 0) return false;
  if (state.fault < 0) cut(state.fault);
  errno = state.fault;
  return true;
}

int synced(int descriptor, char const* name) {
  Lock const lock;
  std::shared_ptr<File> file = find(descriptor);
  if (!file) return real<Sync>(name)(descriptor);
  if (fails()) return -1;
  bool now = ++power().syncs == power().cut_at;
  if (now && !power().cut_after) cut(kPowerCut);
  int result = real<Sync>(name)(descriptor);
  if (result == 0) {
    file->bytes.clear();
    std::erase_if(power().entries, [&](EntryChange const& change) { return change.folder == file; });
  }
  if (now) cut(kPowerCut);
  return result;
}

// O_TRUNC would lose what it cuts before anybody could remember it, so it is done by hand.
int open_watched(char const* path_text, int flags, mode_t mode) {
  Lock const lock;
  std::string path = absolute(path_text);
  if (!watched(path)) return real<Open>("open")(path_text, flags, mode);
  if ((flags & (O_CREAT | O_TRUNC)) != 0 && fails()) return -1;
  bool existed = ::access(path.c_str(), F_OK) == 0;
  int descriptor = real<Open>("open")(path_text, flags & ~O_TRUNC, mode);
  if (descriptor >= 0) track(descriptor, path, !existed && (flags & O_CREAT) != 0);
  if (descriptor >= 0 && (flags & O_TRUNC) != 0 && (flags & O_ACCMODE) != O_RDONLY) (void)::ftruncate(descriptor, 0);
  return descriptor;
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

void power_cut_watch(char const* folder) {
  Lock const lock;
  power().folder = folder;
}

void power_cut_arm(long at, int fault) {
  Lock const lock;
  power().calls = 0;
  power().armed_syncs = power().syncs;
  power().written = 0;
  power().fault_at = at;
  power().fault = fault;
}

long power_cut_calls() {
  Lock const lock;
  return power().calls;
}

int power_cut_inside() {
  return inside;
}

long power_cut_syncs() {
  Lock const lock;
  return power().syncs - power().armed_syncs;
}

long power_cut_written() {
  Lock const lock;
  return power().written;
}

void power_cut_now() {
  Lock const lock;
  cut(kPowerCut);
}

int open(char const* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_watched(path, flags, mode);
}

int open64(char const* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_watched(path, flags, mode);
}

int openat(int folder, char const* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  if (folder == AT_FDCWD || path[0] == '/') return open_watched(path, flags, mode);
  if (std::string const whole = below(folder, path); !whole.empty()) return open_watched(whole.c_str(), flags, mode);
  return real<OpenAt>("openat")(folder, path, flags, mode);
}

int close(int descriptor) {
  {
    Lock const lock;
    power().descriptors.erase(descriptor);
  }
  return real<Close>("close")(descriptor);
}

ssize_t write(int descriptor, void const* bytes, std::size_t length) {
  Lock const lock;
  if (auto file = find(descriptor)) {
    if (fails()) return -1;
    remember(descriptor, *file, position(descriptor), length);
  }
  return real<Write>("write")(descriptor, bytes, length);
}

ssize_t pwrite(int descriptor, void const* bytes, std::size_t length, off_t offset) {
  Lock const lock;
  if (auto file = find(descriptor)) {
    if (fails()) return -1;
    remember(descriptor, *file, offset, length);
  }
  return real<PWrite>("pwrite")(descriptor, bytes, length, offset);
}

ssize_t pwrite64(int descriptor, void const* bytes, std::size_t length, off_t offset) {
  return pwrite(descriptor, bytes, length, offset);
}

ssize_t writev(int descriptor, iovec const* pieces, int count) {
  Lock const lock;
  if (auto file = find(descriptor)) {
    if (fails()) return -1;
    std::size_t length = 0;
    for (int i = 0; i < count; ++i) length += pieces[i].iov_len;
    remember(descriptor, *file, position(descriptor), length);
  }
  return real<WriteV>("writev")(descriptor, pieces, count);
}

int ftruncate(int descriptor, off_t length) {
  Lock const lock;
  if (auto file = find(descriptor)) {
    if (fails()) return -1;
    struct stat status{};
    ::fstat(descriptor, &status);
    long const written = power().written;
    remember(descriptor, *file, length,
             length < status.st_size ? static_cast<std::size_t>(status.st_size - length) : 0);
    power().written = written;
  }
  return real<Truncate>("ftruncate")(descriptor, length);
}

int ftruncate64(int descriptor, off_t length) {
  return ftruncate(descriptor, length);
}

int fsync(int descriptor) {
  return synced(descriptor, "fsync");
}
int fdatasync(int descriptor) {
  return synced(descriptor, "fdatasync");
}

int rename(char const* from_text, char const* to_text) {
  Lock const lock;
  std::string from = absolute(from_text);
  std::string to = absolute(to_text);
  if (!watched(to)) return real<Rename>("rename")(from_text, to_text);
  struct stat status{};
  if (::stat(from.c_str(), &status) != 0) return real<Rename>("rename")(from_text, to_text);
  if (fails()) return -1;
  std::shared_ptr<File> moved = file_of(status, from);
  // What stood at the target is kept aside until the folder is synced.
  std::string aside;
  std::shared_ptr<File> replaced;
  struct stat target{};
  if (::stat(to.c_str(), &target) == 0 && S_ISREG(target.st_mode)) {
    aside = power().folder + "/.power-cut-" + std::to_string(++power().removed);
    replaced = file_of(target, to);
    if (::link(to.c_str(), aside.c_str()) != 0) aside.clear();
  }
  int result = real<Rename>("rename")(from_text, to_text);
  if (result != 0) return result;
  if (S_ISDIR(status.st_mode)) moved_below(from, to);
  moved->path = to;
  if (replaced) replaced->path = aside;
  entry_changed(to, [moved, replaced, aside, from, to] {
    real<Rename>("rename")(to.c_str(), from.c_str());
    moved_below(to, from);
    moved->path = from;
    if (replaced && !aside.empty()) real<Rename>("rename")(aside.c_str(), to.c_str());
  });
  return result;
}

int unlink(char const* path_text) {
  Lock const lock;
  std::string path = absolute(path_text);
  struct stat status{};
  if (!watched(path) || ::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
    return real<Unlink>("unlink")(path_text);
  if (fails()) return -1;
  std::shared_ptr<File> file = file_of(status, path);
  std::string aside = power().folder + "/.power-cut-" + std::to_string(++power().removed);
  int result = real<Rename>("rename")(path.c_str(), aside.c_str());
  if (result != 0) return result;
  file->path = aside;
  entry_changed(path, [file, aside, path] {
    real<Rename>("rename")(aside.c_str(), path.c_str());
    file->path = path;
  });
  return result;
}

// glibc's remove() calls its own unlink(), past this file.
int remove(char const* path_text) {
  struct stat status{};
  bool const folder = ::lstat(path_text, &status) == 0 && S_ISDIR(status.st_mode);
  return folder ? ::rmdir(path_text) : ::unlink(path_text);
}

int unlinkat(int folder, char const* path, int flags) {
  Lock const lock;
  std::string const whole = folder == AT_FDCWD || path[0] == '/' ? path : below(folder, path);
  if (whole.empty()) return real<UnlinkAt>("unlinkat")(folder, path, flags);
  return (flags & AT_REMOVEDIR) != 0 ? ::rmdir(whole.c_str()) : ::unlink(whole.c_str());
}

int link(char const* from_text, char const* to_text) {
  Lock const lock;
  std::string const to = absolute(to_text);
  if (!watched(to)) return real<Link>("link")(from_text, to_text);
  if (fails()) return -1;
  int const result = real<Link>("link")(from_text, to_text);
  if (result == 0) entry_changed(to, [to] { real<Unlink>("unlink")(to.c_str()); });
  return result;
}

int mkdir(char const* path_text, mode_t mode) {
  Lock const lock;
  std::string const path = absolute(path_text);
  if (!watched(path) || ::access(path.c_str(), F_OK) == 0) return real<MakeDir>("mkdir")(path_text, mode);
  if (fails()) return -1;
  int const result = real<MakeDir>("mkdir")(path_text, mode);
  struct stat status{};
  if (result != 0 || ::stat(path.c_str(), &status) != 0) return result;
  power().files.erase({status.st_dev, status.st_ino});  // the number may have been another's
  std::shared_ptr<File> const made = file_of(status, path);
  entry_changed(path, [made] {  // nobody finds what is in it either
    std::error_code error;
    std::filesystem::remove_all(made->path, error);
  });
  return result;
}

int rmdir(char const* path_text) {
  Lock const lock;
  std::string const path = absolute(path_text);
  struct stat status{};
  if (!watched(path) || ::stat(path.c_str(), &status) != 0) return real<RemoveDir>("rmdir")(path_text);
  if (fails()) return -1;
  int const result = real<RemoveDir>("rmdir")(path_text);
  mode_t const mode = status.st_mode;
  if (result == 0) entry_changed(path, [path, mode] { real<MakeDir>("mkdir")(path.c_str(), mode); });
  return result;
}

// Room that is reserved is not part of the file until something is written there.
int fallocate(int descriptor, int mode, off_t offset, off_t length) {
  Lock const lock;
  if (find(descriptor) && fails()) return -1;
  return real<Allocate>("fallocate")(descriptor, mode, offset, length);
}

int fallocate64(int descriptor, int mode, off_t offset, off_t length) {
  return fallocate(descriptor, mode, offset, length);
}

int posix_fallocate(int descriptor, off_t offset, off_t length) {
  Lock const lock;
  if (find(descriptor) && fails()) return errno;
  return real<PosixAllocate>("posix_fallocate")(descriptor, offset, length);
}

}  // extern "C"
