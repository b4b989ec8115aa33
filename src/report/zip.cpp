#include "report/zip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>

#include "report/gzip.h"

namespace yubin::report {

namespace {

// PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16. Numbers are little-endian.
constexpr std::string_view kLocal{"PK\x03\x04", 4};
constexpr std::string_view kCentral{"PK\x01\x02", 4};
constexpr std::string_view kEnd{"PK\x05\x06", 4};
constexpr std::size_t kLocalSize = 30;
constexpr std::size_t kCentralSize = 46;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kLongestComment = 0xffff;

constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kDeflated = 8;
constexpr std::uint16_t kEncrypted = 1;  // a bit of the flags

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t length) {
  std::uint32_t value = 0;
  for (std::size_t i = length; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}
std::uint16_t number16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(number(bytes, at, 2));
}
std::uint32_t number32(std::string_view bytes, std::size_t at) {
  return number(bytes, at, 4);
}

Error broken(std::string_view what) {
  return {Errc::syntax, fmt::format("broken ZIP archive: {}", what)};
}

struct Directory {
  std::size_t files;
  std::size_t begin;
  std::size_t shift;  // bytes before the archive, which offsets do not count
};

// The end record is the last thing in the file but for a comment.
Result<Directory> find_directory(std::string_view archive) {
  if (archive.size() < kEndSize) return std::unexpected(broken("it is cut off"));
  std::size_t const first = archive.size() - std::min(archive.size(), kEndSize + kLongestComment);
  std::size_t at = archive.rfind(kEnd, archive.size() - kEndSize);
  if (at == std::string_view::npos || at < first) return std::unexpected(broken("it has no directory"));
  std::size_t const size = number32(archive, at + 12);
  std::size_t const offset = number32(archive, at + 16);
  if (number16(archive, at + 4) != 0) return std::unexpected(broken("it is one of several volumes"));
  if (size > at || offset > at - size) return std::unexpected(broken("its directory lies outside"));
  return Directory{number16(archive, at + 10), at - size, at - size - offset};
}

struct Entry {
  std::string_view name;
  std::uint16_t flags;
  std::uint16_t method;
  std::uint32_t checksum;
  std::size_t packed;
  std::size_t offset;
};

Result<Entry> read_entry(std::string_view archive, std::size_t& at) {
  if (at > archive.size() || archive.size() - at < kCentralSize || archive.substr(at, 4) != kCentral)
    return std::unexpected(broken("an entry of its directory is none"));
  std::size_t const name = number16(archive, at + 28);
  std::size_t const rest = number16(archive, at + 30) + std::size_t{number16(archive, at + 32)};
  if (archive.size() - at - kCentralSize < name + rest) return std::unexpected(broken("its directory is cut off"));
  Entry const entry{.name = archive.substr(at + kCentralSize, name),
                    .flags = number16(archive, at + 8),
                    .method = number16(archive, at + 10),
                    .checksum = number32(archive, at + 16),
                    .packed = number32(archive, at + 20),
                    .offset = number32(archive, at + 42)};
  at += kCentralSize + name + rest;
  return entry;
}

// Where its bytes lie says the local header, how many they are the directory: the local one may not know yet.
Result<std::string_view> packed_bytes(std::string_view archive, Entry const& entry, std::size_t shift) {
  std::size_t const at = entry.offset + shift;
  if (at > archive.size() || archive.size() - at < kLocalSize || archive.substr(at, 4) != kLocal)
    return std::unexpected(broken("a file has no header"));
  std::size_t const begin = at + kLocalSize + number16(archive, at + 26) + number16(archive, at + 28);
  if (begin > archive.size() || archive.size() - begin < entry.packed)
    return std::unexpected(broken("a file is cut off"));
  return archive.substr(begin, entry.packed);
}

Result<std::string> unpack(std::string_view packed, Entry const& entry, std::size_t& room) {
  if ((entry.flags & kEncrypted) != 0) return fail(Errc::syntax, "a file of the ZIP archive is encrypted");
  if (entry.method == kDeflated) return inflate_raw(packed, room);
  if (entry.method != kStored) return fail(Errc::syntax, fmt::format("ZIP method {} is not known here", entry.method));
  if (packed.size() > room) return fail(Errc::limit, "it unpacks to more than is taken from one mail");
  room -= packed.size();
  return std::string(packed);
}

bool matches(std::string const& bytes, std::uint32_t checksum) {
  return crc32_z(0, reinterpret_cast<Bytef const*>(bytes.data()), bytes.size()) == checksum;
}

}  // namespace

bool is_zip(std::string_view bytes) {
  return bytes.starts_with(kLocal) || bytes.starts_with(kEnd);
}

Result<std::vector<ZipFile>> read_zip(std::string_view archive, std::size_t most, std::size_t& room) {
  TRY(Directory const directory, find_directory(archive));
  if (directory.files > most) return fail(Errc::limit, fmt::format("more than {} files in a ZIP archive", most));
  std::vector<ZipFile> files;
  std::size_t at = directory.begin;
  for (std::size_t i = 0; i < directory.files; ++i) {
    TRY(Entry const entry, read_entry(archive, at));
    if (entry.name.ends_with('/')) continue;
    TRY(std::string_view const packed, packed_bytes(archive, entry, directory.shift));
    TRY(std::string bytes, unpack(packed, entry, room));
    if (!matches(bytes, entry.checksum)) return std::unexpected(broken("a checksum does not match"));
    files.push_back({std::string(entry.name), std::move(bytes)});
  }
  return files;
}

}  // namespace yubin::report
