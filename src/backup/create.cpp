#include "backup/create.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "backup/files.h"
#include "backup/folder.h"
#include "base/log.h"
#include "base/text.h"
#include "directory/signing_keys.h"

namespace yubin::backup {

namespace {

namespace fs = std::filesystem;

constexpr LogEvent kNotRemoved{"backup.not_removed", LogLevel::warning, "what is left of a backup was not removed"};
constexpr std::size_t kMaxIdentity = 256;
constexpr std::string_view kCheckpoint = "checkpoint-";  // folders in the store's, while a backup is made

void remove_folder(fs::path const& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) log(kNotRemoved, {{"path", path.native()}, {"error", error.message()}});
}

// Those of backups that a crash broke off.
void remove_old_checkpoints(fs::path const& directory) {
  std::error_code error;
  std::vector<fs::path> old;
  for (fs::directory_entry const& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().filename().native().starts_with(kCheckpoint)) old.push_back(entry.path());
  }
  for (fs::path const& path : old) remove_folder(path);
}

class Creation {
 public:
  Creation(Source const& source, fs::path const& target, UniqueId id)
      : source_(source),
        target_(fs::absolute(target)),
        copier_(source.file_system),
        checkpoint_(source.directory / (std::string(kCheckpoint) + id.text())),
        unfinished_(target_ / (std::string(kUnfinished) + folder_name(id))),
        finished_(target_ / folder_name(id)) {
    created_.manifest.id = id;
    created_.path = finished_;
  }

  Result<Created> run(Clock const& clock) {
    Result<> const done = all(clock);
    remove_folder(checkpoint_);
    if (done) return std::move(created_);
    remove_folder(unfinished_);
    return fail(done.error().code, "no backup was made: " + done.error().detail);
  }

 private:
  Result<> all(Clock const& clock) {
    TRY_VOID(files().make_directory(target_));
    remove_old_checkpoints(source_.directory);
    kv::SegmentBodies::Hold const hold = source_.bodies.hold();
    TRY_VOID(source_.rows.checkpoint(checkpoint_));
    std::vector<kv::SegmentBodies::Segment> const segments = source_.bodies.segments();

    TRY_VOID(files().make_directory(unfinished_));
    TRY(std::string identity,
        read_whole(kv::posix_file_system(), source_.directory / "rows" / "IDENTITY", kMaxIdentity));
    created_.manifest.store = trim(identity);
    TRY_VOID(find_base());
    TRY_VOID(take_rows());
    TRY_VOID(take_signing_key());
    TRY_VOID(take_bodies(segments));
    TRY_VOID(take_files());
    return finish(clock);
  }

  kv::FileSystem& files() { return copier_.files(); }
  Result<> find_base();
  Result<> take_rows();
  Result<> take_signing_key();
  Result<> take_bodies(std::vector<kv::SegmentBodies::Segment> const& segments);
  Result<> take_files();
  Result<> take(fs::path const& from, std::string const& path, Sharing sharing);
  Result<bool> take_over(fs::path const& from, std::string const& path);
  Result<> finish(Clock const& clock);

  Source const& source_;
  fs::path const target_;
  Copier copier_;
  fs::path const checkpoint_;
  fs::path const unfinished_;
  fs::path const finished_;
  std::optional<Found> base_;
  std::set<fs::path> folders_;  // below unfinished_, to be synced
  Created created_;
};

// The newest whole backup of the same store.
Result<> Creation::find_base() {
  TRY(std::vector<Found> all, list(target_));
  auto const same = std::ranges::find_if(all.rbegin(), all.rend(), [&](Found const& one) {
    return one.manifest.has_value() && one.manifest->store == created_.manifest.store;
  });
  if (same == all.rend()) return {};
  base_.emplace(*same);
  created_.manifest.base = base_->manifest->id;
  return {};
}

// A file that nobody changes, and that the backup before has: a link to that one.
Result<bool> Creation::take_over(fs::path const& from, std::string const& path) {
  FileEntry const* known = base_ ? base_->manifest->find(path) : nullptr;
  if (known == nullptr) return false;
  TRY(FileEntry now, look_at(from));
  if (now.size != known->size || now.mtime != known->mtime) return false;
  std::error_code error;
  fs::create_hard_link(base_->path / path, unfinished_ / path, error);
  if (error) return false;  // it is copied instead
  created_.manifest.files.push_back(*known);
  return true;
}

Result<> Creation::take(fs::path const& from, std::string const& path, Sharing sharing) {
  fs::path const folder = (unfinished_ / path).parent_path();
  TRY_VOID(files().make_directory(folder));
  folders_.insert(folder);
  if (sharing == Sharing::allowed) {
    TRY(bool taken, take_over(from, path));
    if (taken) return {};
  }
  TRY(FileEntry entry, copier_.copy(from, unfinished_ / path, sharing));
  entry.path = path;
  created_.copied += entry.size;
  created_.manifest.files.push_back(std::move(entry));
  return {};
}

// Whatever is in the checkpoint is its own or never changed: table files by RocksDB's design, the rest is a copy.
Result<> Creation::take_rows() {
  TRY(std::vector<std::string> names, files().list(checkpoint_));
  std::ranges::sort(names);
  for (std::string const& name : names) {
    if (name == "LOCK") continue;
    TRY_VOID(take(checkpoint_ / name, "rows/" + name, Sharing::allowed));
  }
  return {};
}

// Without it the rows' signing keys are of no use. It goes back into the store's folder with the rows.
Result<> Creation::take_signing_key() {
  std::error_code error;
  std::string const name(directory::kSigningKeyFile);
  if (!fs::is_regular_file(source_.directory / name, error)) return {};
  return take(source_.directory / name, name, Sharing::never);
}

Result<> Creation::take_bodies(std::vector<kv::SegmentBodies::Segment> const& segments) {
  TRY_VOID(files().make_directory(unfinished_ / "bodies"));
  for (kv::SegmentBodies::Segment const& segment : segments) {
    std::string const name = kv::segment_name(segment.number);
    TRY_VOID(take(source_.directory / "bodies" / name, "bodies/" + name,
                  segment.closed ? Sharing::allowed : Sharing::never));
  }
  return {};
}

// Under their whole paths; an administrator edits them in place, so they are never linked.
Result<> Creation::take_files() {
  for (fs::path const& file : source_.files) {
    std::error_code error;
    if (!fs::is_regular_file(file, error)) continue;
    TRY_VOID(take(file, "files" + fs::absolute(file).lexically_normal().native(), Sharing::never));
    fs::permissions(unfinished_ / created_.manifest.files.back().path, fs::perms::owner_read | fs::perms::owner_write,
                    error);
  }
  return {};
}

// The new names are durable before the manifest, and the manifest before the folder's own name.
Result<> Creation::finish(Clock const& clock) {
  created_.manifest.finished = clock.now();
  TRY_VOID(copier_.write(unfinished_ / kManifestName, encode_manifest(created_.manifest)));
  for (fs::path folder : folders_) {
    for (; folder != unfinished_; folder = folder.parent_path()) TRY_VOID(files().sync_directory(folder));
  }
  TRY_VOID(files().sync_directory(unfinished_));
  std::error_code error;
  fs::rename(unfinished_, finished_, error);
  if (error) return fail(Errc::temporary, fmt::format("{}: {}", finished_.native(), error.message()));
  Result<> const synced = files().sync_directory(target_);
  if (!synced) fs::rename(finished_, unfinished_, error);  // the name may not last, so it must not be found
  return synced;
}

}  // namespace

Result<Created> create(Source const& source, fs::path const& target, UniqueIds& ids, Clock const& clock) {
  return Creation(source, target, ids.next()).run(clock);
}

}  // namespace yubin::backup
