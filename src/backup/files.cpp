#include "backup/files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "backup/checksum.h"

namespace yubin::backup {

namespace {

constexpr std::size_t kChunk = 1024 * 1024;
constexpr std::int64_t kNanosASecond = 1'000'000'000;

std::unexpected<Error> differs(std::filesystem::path const& file, std::string_view what) {
  return fail(Errc::corrupt, fmt::format("{}: {}", file.native(), what));
}

Result<> compare(std::filesystem::path const& file, FileEntry const& found, FileEntry const& expected) {
  if (found.size != expected.size)
    return differs(file, fmt::format("has {} bytes and should have {}", found.size, expected.size));
  if (found.checksum != expected.checksum) return differs(file, "its checksum is wrong");
  return {};
}

}  // namespace

Result<FileEntry> look_at(std::filesystem::path const& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) {
    return fail(errno == ENOENT ? Errc::not_found : Errc::temporary,
                fmt::format("{}: {}", file.native(), std::strerror(errno)));
  }
  return FileEntry{.path = {},
                   .checksum = {},
                   .size = static_cast<std::uint64_t>(status.st_size),
                   .mtime = status.st_mtim.tv_sec * kNanosASecond + status.st_mtim.tv_nsec};
}

// Reads `size` bytes, and writes them to `to` if there is one.
Result<FileEntry> Copier::read(std::filesystem::path const& from, kv::File* to, std::uint64_t size) {
  TRY(std::unique_ptr<kv::File> source, files_.open_to_read(from));
  Checksum checksum;
  FileEntry entry;
  while (entry.size < size) {
    std::size_t const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, size - entry.size));
    TRY(std::string bytes, source->read(entry.size, wanted));
    if (bytes.empty()) break;
    checksum.add(bytes);
    if (to != nullptr) TRY_VOID(to->write(entry.size, bytes));
    entry.size += bytes.size();
  }
  entry.checksum = checksum.hex();
  return entry;
}

Result<FileEntry> Copier::copy(std::filesystem::path const& from, std::filesystem::path const& to, Sharing sharing) {
  TRY(FileEntry now, look_at(from));
  std::error_code linked = std::make_error_code(std::errc::cross_device_link);
  if (sharing == Sharing::allowed) std::filesystem::create_hard_link(from, to, linked);
  std::unique_ptr<kv::File> target;
  if (linked) {
    TRY(target, files_.create(to));
  }
  TRY(FileEntry entry, read(from, target.get(), now.size));
  if (target) TRY_VOID(target->sync());
  if (entry.size != now.size) return differs(from, "became shorter while it was read");
  entry.mtime = now.mtime;
  return entry;
}

Result<> Copier::copy_checked(std::filesystem::path const& from, std::filesystem::path const& to,
                              FileEntry const& expected) {
  TRY(FileEntry entry, copy(from, to, Sharing::never));
  return compare(from, entry, expected);
}

Result<> Copier::check(std::filesystem::path const& file, FileEntry const& expected) {
  TRY(FileEntry now, look_at(file));
  TRY(FileEntry entry, read(file, nullptr, now.size));
  return compare(file, entry, expected);
}

Result<> Copier::write(std::filesystem::path const& to, std::string_view content) {
  TRY(std::unique_ptr<kv::File> target, files_.create(to));
  TRY_VOID(target->write(0, content));
  return target->sync();
}

Result<std::string> read_whole(kv::FileSystem& files, std::filesystem::path const& file, std::size_t limit) {
  TRY(FileEntry entry, look_at(file));
  if (entry.size > limit) return fail(Errc::limit, fmt::format("{} is too long", file.native()));
  TRY(std::unique_ptr<kv::File> source, files.open_to_read(file));
  return source->read(0, static_cast<std::size_t>(entry.size));
}

}  // namespace yubin::backup
