#include "backup/folder.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "backup/files.h"

namespace yubin::backup {

namespace {

bool looks_like_backup(std::string const& name) {
  if (name.starts_with(kUnfinished)) return true;
  std::size_t const dash = name.rfind('-');
  return dash != std::string::npos && UniqueId::parse(std::string_view(name).substr(dash + 1)).has_value();
}

Result<Manifest> manifest_of(std::filesystem::path const& path) {
  if (path.filename().native().starts_with(kUnfinished))
    return fail(Errc::not_found, fmt::format("{} is not finished: it is being made, or was broken off", path.native()));
  return read_manifest(path);
}

}  // namespace

std::string folder_name(UniqueId id) {
  auto const seconds = std::chrono::floor<std::chrono::seconds>(id.time()).time_since_epoch().count();
  return fmt::format("{:%Y%m%dT%H%M%SZ}-{}", fmt::gmtime(static_cast<std::time_t>(seconds)), id.text());
}

Result<Manifest> read_manifest(std::filesystem::path const& backup) {
  Result<std::string> const text = read_whole(kv::posix_file_system(), backup / kManifestName, kMaxManifest);
  if (!text && text.error().code == Errc::not_found)
    return fail(Errc::not_found, fmt::format("{} is no backup: it has no manifest", backup.native()));
  if (!text) return std::unexpected(text.error());
  Result<Manifest> manifest = parse_manifest(*text);
  if (!manifest) return fail(manifest.error().code, fmt::format("{}: {}", backup.native(), manifest.error().detail));
  return manifest;
}

Result<std::vector<Found>> list(std::filesystem::path const& folder) {
  std::vector<Found> found;
  Result<std::vector<std::string>> names = kv::posix_file_system().list(folder);
  if (!names && names.error().code == Errc::not_found) return found;
  if (!names) return std::unexpected(names.error());
  std::ranges::sort(*names);
  for (std::string const& name : *names) {
    if (looks_like_backup(name)) found.push_back({folder / name, manifest_of(folder / name)});
  }
  return found;
}

Result<Found> choose(std::filesystem::path const& path) {
  Result<Manifest> own = manifest_of(path);
  if (own) return Found{path, *std::move(own)};
  TRY(std::vector<Found> all, list(path));
  if (all.empty()) return std::unexpected(own.error());
  auto const newest =
      std::ranges::find_if(all.rbegin(), all.rend(), [](Found const& one) { return one.manifest.has_value(); });
  if (newest == all.rend()) return std::unexpected(all.back().manifest.error());
  return *newest;
}

}  // namespace yubin::backup
