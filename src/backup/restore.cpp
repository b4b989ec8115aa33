#include "backup/restore.h"

#include <fmt/format.h>

#include <set>

#include "backup/files.h"
#include "backup/folder.h"
#include "backup/new_uid_validity.h"

namespace yubin::backup {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFiles = "files/";

Result<> check_free(fs::path const& store) {
  std::error_code error;
  if (!fs::exists(store, error)) return {};
  if (fs::is_directory(store, error) && fs::is_empty(store, error) && !error) return {};
  return fail(Errc::conflict, fmt::format("{} is not empty; a store is restored into a new folder", store.native()));
}

Result<> copy_all(fs::path const& backup, Manifest const& manifest, fs::path const& target) {
  Copier copier(kv::posix_file_system());
  std::set<fs::path> folders{target};
  for (char const* name : {"rows", "bodies"}) TRY_VOID(copier.files().make_directory(target / name));
  for (FileEntry const& file : manifest.files) {
    if (file.path.starts_with(kFiles)) continue;
    fs::path const to = target / file.path;
    TRY_VOID(copier.files().make_directory(to.parent_path()));
    TRY_VOID(copier.copy_checked(backup / file.path, to, file));
    folders.insert(to.parent_path());
  }
  for (fs::path const& folder : folders) TRY_VOID(copier.files().sync_directory(folder));
  return {};
}

}  // namespace

Result<Manifest> restore_store(fs::path const& backup, fs::path const& store) {
  TRY(Manifest manifest, read_manifest(backup));
  fs::path const target = fs::absolute(store).lexically_normal();
  TRY_VOID(check_free(target));
  fs::path const unfinished = target.native() + ".unfinished";
  std::error_code error;
  fs::remove_all(unfinished, error);
  Result<> done = copy_all(backup, manifest, unfinished);
  if (done) done = renew_uid_validities(unfinished);
  if (done) {
    fs::remove(target, error);  // the empty folder, if there is one
    fs::rename(unfinished, target, error);
    if (error) done = fail(Errc::temporary, fmt::format("{}: {}", target.native(), error.message()));
  }
  if (!done) {
    fs::remove_all(unfinished, error);
    return std::unexpected(done.error());
  }
  TRY_VOID(kv::posix_file_system().sync_directory(target.parent_path()));
  return manifest;
}

Result<std::vector<fs::path>> restore_files(fs::path const& backup, fs::path const& folder) {
  TRY(Manifest manifest, read_manifest(backup));
  Copier copier(kv::posix_file_system());
  std::vector<fs::path> restored;
  for (FileEntry const& file : manifest.files) {
    if (!file.path.starts_with(kFiles)) continue;
    fs::path const to = fs::absolute(folder) / file.path.substr(kFiles.size());
    TRY_VOID(copier.files().make_directory(to.parent_path()));
    TRY_VOID(copier.copy_checked(backup / file.path, to, file));
    TRY_VOID(copier.files().sync_directory(to.parent_path()));
    restored.push_back(to);
  }
  return restored;
}

}  // namespace yubin::backup
