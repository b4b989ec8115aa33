#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "kv/file_system.h"

namespace yubin::kv {

namespace {

Errc code_of(int error) {
  switch (error) {
    case ENOENT:
      return Errc::not_found;
    case EEXIST:
      return Errc::conflict;
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::denied;
    default:
      return Errc::temporary;
  }
}

// The error of the call that just failed.
std::unexpected<Error> failed(char const* what, FileSystem::Path const& path) {
  int const error = errno;
  return fail(code_of(error), fmt::format("{} {}: {}", what, path.native(), std::strerror(error)));
}

class PosixFile final : public File {
 public:
  PosixFile(int descriptor, FileSystem::Path path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override { ::close(descriptor_); }
  PosixFile(PosixFile const&) = delete;
  PosixFile& operator=(PosixFile const&) = delete;

  Result<> write(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      ssize_t const written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failed("write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
    return {};
  }

  Result<std::string> read(std::uint64_t offset, std::size_t length) const override {
    std::string bytes;
    bool good = true;
    bytes.resize_and_overwrite(length, [&](char* into, std::size_t) {
      std::size_t have = 0;
      while (have < length) {
        ssize_t const got = ::pread(descriptor_, into + have, length - have, static_cast<off_t>(offset + have));
        if (got < 0 && errno == EINTR) continue;
        good = got >= 0;
        if (got <= 0) break;
        have += static_cast<std::size_t>(got);
      }
      return have;
    });
    if (!good) return failed("read", path_);
    return bytes;
  }

  Result<> sync() override {
    if (::fdatasync(descriptor_) != 0) return failed("sync", path_);
    return {};
  }

  Result<> truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return failed("truncate", path_);
    return {};
  }

  void start_writing_back(std::uint64_t offset, std::uint64_t length) override {
    // Only a hint: where it does not work, the sync does all of it.
    (void)::sync_file_range(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(length), SYNC_FILE_RANGE_WRITE);
  }

 private:
  int descriptor_;
  FileSystem::Path path_;
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> create(Path const& path) override {
    return open(path, O_RDWR | O_CREAT | O_EXCL, "create");
  }
  Result<std::unique_ptr<File>> open_to_read(Path const& path) override { return open(path, O_RDONLY, "open"); }

  Result<std::uint64_t> size(Path const& path) override {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return failed("look at", path);
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<Space> space(Path const& path) override {
    struct statvfs status{};
    if (::statvfs(path.c_str(), &status) != 0) return failed("look at", path);
    return Space{.available = status.f_bavail * status.f_frsize, .total = status.f_blocks * status.f_frsize};
  }

  Result<> remove(Path const& path) override {
    if (::unlink(path.c_str()) != 0) return failed("remove", path);
    return {};
  }

  Result<> make_directory(Path const& path) override {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return {};
    Path const parent = parent_of(path);
    if (parent != path) TRY_VOID(make_directory(parent));
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("make", path);
    return sync_directory(parent);
  }

  Result<std::vector<std::string>> list(Path const& path) override {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
      names.push_back(entry->path().filename().native());
    }
    if (error) return fail(code_of(error.value()), fmt::format("list {}: {}", path.native(), error.message()));
    return names;
  }

  Result<> sync_directory(Path const& path) override {
    int const descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failed("open", path);
    int const result = ::fsync(descriptor);
    int const error = errno;
    ::close(descriptor);
    errno = error;
    if (result != 0) return failed("sync", path);
    return {};
  }

 private:
  static Path parent_of(Path const& path) { return path.has_parent_path() ? path.parent_path() : Path("."); }

  static Result<std::unique_ptr<File>> open(Path const& path, int flags, char const* what) {
    int const descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (descriptor < 0) return failed(what, path);
    return std::make_unique<PosixFile>(descriptor, path);
  }
};

}  // namespace

FileSystem& posix_file_system() {
  static PosixFileSystem files;
  return files;
}

}  // namespace yubin::kv
