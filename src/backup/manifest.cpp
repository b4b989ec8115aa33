#include "backup/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "backup/checksum.h"
#include "base/bytes.h"
#include "base/text.h"

namespace yubin::backup {

namespace {

constexpr std::string_view kFirstLine = "yubin-backup ";
constexpr std::uint64_t kVersion = 1;
constexpr std::string_view kNoBase = "-";

std::unexpected<Error> corrupt(std::string_view what) {
  return fail(Errc::corrupt, fmt::format("the manifest is damaged: {}", what));
}

bool is_plain(char c) {
  return is_alpha(c) || is_digit(c) || std::string_view("._/-").contains(c);
}

std::string escaped(std::string_view path) {
  std::string out;
  for (char c : path) {
    if (is_plain(c)) {
      out.push_back(c);
    } else {
      out += "%" + to_hex(std::string_view(&c, 1));
    }
  }
  return out;
}

Result<std::string> unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t const length = text.front() == '%' ? 3 : 1;
    if (length > text.size() || (length == 1 && !is_plain(text.front()))) return corrupt("a path");
    if (length == 1) {
      out.push_back(text.front());
    } else {
      TRY(std::string byte, from_hex(text.substr(1, 2)));
      out += byte;
    }
    text.remove_prefix(length);
  }
  return out;
}

// Below the backup's folder, whatever the file says.
bool is_inside(std::string_view path) {
  if (path.empty() || path.contains('\0')) return false;
  std::vector<std::string_view> const parts = split(path, '/');
  return std::ranges::none_of(parts, [](std::string_view part) { return part.empty() || part == "." || part == ".."; });
}

std::string instant(WallTime time) {
  return std::to_string(time.time_since_epoch().count());
}

Result<std::int64_t> number(std::string_view text) {
  std::optional<std::uint64_t> const value = parse_number(text);
  if (!value || *value > INT64_MAX) return corrupt("a number");
  return static_cast<std::int64_t>(*value);
}

Result<FileEntry> file_line(std::string_view line) {
  std::vector<std::string_view> const words = split(line, ' ');
  if (words.size() != 4) return corrupt("a line of a file");
  FileEntry file;
  Result<std::string> const checksum = from_hex(words[0]);
  if (!checksum || checksum->size() != kChecksumBytes || to_hex(*checksum) != words[0]) return corrupt("a checksum");
  file.checksum = words[0];
  TRY(std::int64_t size, number(words[1]));
  file.size = static_cast<std::uint64_t>(size);
  TRY(file.mtime, number(words[2]));
  TRY(file.path, unescaped(words[3]));
  if (!is_inside(file.path)) return corrupt("a path that leads out of the backup");
  return file;
}

// The lines before the last one, which must be their checksum.
Result<std::string_view> checked(std::string_view text) {
  if (!text.ends_with('\n')) return corrupt("its end is missing");
  std::size_t const last = text.substr(0, text.size() - 1).rfind('\n');
  if (last == std::string_view::npos) return corrupt("its end is missing");
  std::string_view const covered = text.substr(0, last + 1);
  if (text.substr(last + 1) != fmt::format("end {}\n", checksum_of(covered))) return corrupt("its checksum is wrong");
  return covered;
}

Result<> take_line(Manifest& manifest, std::string_view line) {
  std::size_t const space = line.find(' ');
  std::string_view const name = line.substr(0, space);
  std::string_view const value = space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
  if (name == "file") {
    TRY(FileEntry file, file_line(value));
    manifest.files.push_back(std::move(file));
  } else if (name == "id") {
    TRY(manifest.id, UniqueId::parse(value));
  } else if (name == "store") {
    manifest.store = value;
  } else if (name == "finished") {
    TRY(std::int64_t micros, number(value));
    manifest.finished = WallTime(std::chrono::microseconds(micros));
  } else if (name == "base" && value != kNoBase) {
    TRY(manifest.base, UniqueId::parse(value));
  }
  return {};  // a line of a later version of the same form
}

}  // namespace

std::uint64_t Manifest::bytes() const {
  return std::accumulate(files.begin(), files.end(), std::uint64_t{0},
                         [](std::uint64_t sum, FileEntry const& file) { return sum + file.size; });
}

FileEntry const* Manifest::find(std::string_view path) const {
  auto const file = std::ranges::find(files, path, &FileEntry::path);
  return file == files.end() ? nullptr : &*file;
}

std::string encode_manifest(Manifest const& manifest) {
  std::string text = fmt::format("{}{}\nid {}\nstore {}\nfinished {}\nbase {}\n", kFirstLine, kVersion,
                                 manifest.id.text(), manifest.store, instant(manifest.finished),
                                 manifest.base ? manifest.base->text() : std::string(kNoBase));
  for (FileEntry const& file : manifest.files)
    text += fmt::format("file {} {} {} {}\n", file.checksum, file.size, file.mtime, escaped(file.path));
  return text + fmt::format("end {}\n", checksum_of(text));
}

Result<Manifest> parse_manifest(std::string_view text) {
  if (text.size() > kMaxManifest) return corrupt("it is too long");
  TRY(std::string_view covered, checked(text));
  std::vector<std::string_view> lines = split(covered.substr(0, covered.size() - 1), '\n');
  if (!lines.front().starts_with(kFirstLine)) return corrupt("its first line");
  std::optional<std::uint64_t> const version = parse_number(lines.front().substr(kFirstLine.size()));
  if (!version) return corrupt("its first line");
  if (*version > kVersion) {
    return fail(Errc::conflict,
                fmt::format("the backup was made by a later version of Yubin (format {}; this one knows "
                            "{})",
                            *version, kVersion));
  }
  Manifest manifest;
  for (std::size_t i = 1; i < lines.size(); ++i) TRY_VOID(take_line(manifest, lines[i]));
  return manifest;
}

}  // namespace yubin::backup
