#include "kv/memory_file_system.h"

#include <fmt/format.h>

namespace yubin::kv {

class MemoryFileSystem::MemoryFile final : public File {
 public:
  MemoryFile(std::mutex& mutex, std::shared_ptr<Inode> inode) : mutex_(mutex), inode_(std::move(inode)) {}

  Result<> write(std::uint64_t offset, std::string_view bytes) override {
    std::lock_guard lock(mutex_);
    auto& all = inode_->bytes;
    if (all.size() < offset + bytes.size()) all.resize(offset + bytes.size());
    all.replace(offset, bytes.size(), bytes);
    return {};
  }
  Result<std::string> read(std::uint64_t offset, std::size_t length) const override {
    std::lock_guard lock(mutex_);
    if (offset >= inode_->bytes.size()) return std::string();
    return inode_->bytes.substr(offset, length);
  }
  Result<> sync() override {
    std::lock_guard lock(mutex_);
    inode_->synced = inode_->bytes;
    return {};
  }
  Result<> truncate(std::uint64_t size) override {
    std::lock_guard lock(mutex_);
    inode_->bytes.resize(size);
    return {};
  }
  void start_writing_back(std::uint64_t, std::uint64_t) override {}

 private:
  std::mutex& mutex_;
  std::shared_ptr<Inode> inode_;
};

Result<std::unique_ptr<File>> MemoryFileSystem::create(Path const& path) {
  std::lock_guard lock(mutex_);
  auto const [entry, made] = entries_.try_emplace(path.native(), nullptr);
  if (!made) return fail(Errc::conflict, fmt::format("{} exists", path.native()));
  entry->second = std::make_shared<Inode>();
  return std::make_unique<MemoryFile>(mutex_, entry->second);
}

Result<std::unique_ptr<File>> MemoryFileSystem::open_to_read(Path const& path) {
  std::lock_guard lock(mutex_);
  auto const entry = entries_.find(path.native());
  if (entry == entries_.end()) return fail(Errc::not_found, fmt::format("no {}", path.native()));
  return std::make_unique<MemoryFile>(mutex_, entry->second);
}

Result<std::uint64_t> MemoryFileSystem::size(Path const& path) {
  std::lock_guard lock(mutex_);
  auto const entry = entries_.find(path.native());
  if (entry == entries_.end()) return fail(Errc::not_found, fmt::format("no {}", path.native()));
  return entry->second->bytes.size();
}

Result<Space> MemoryFileSystem::space(Path const&) {
  std::lock_guard lock(mutex_);
  return space_;
}

void MemoryFileSystem::set_space(Space space) {
  std::lock_guard lock(mutex_);
  space_ = space;
}

Result<> MemoryFileSystem::remove(Path const& path) {
  std::lock_guard lock(mutex_);
  if (entries_.erase(path.native()) == 0) return fail(Errc::not_found, fmt::format("no {}", path.native()));
  return {};
}

Result<> MemoryFileSystem::make_directory(Path const&) {
  return {};
}

Result<std::vector<std::string>> MemoryFileSystem::list(Path const& path) {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (auto const& [name, inode] : entries_) {
    if (Path(name).parent_path() == path) names.push_back(Path(name).filename().native());
  }
  return names;
}

Result<> MemoryFileSystem::sync_directory(Path const& path) {
  std::lock_guard lock(mutex_);
  std::erase_if(synced_entries_, [&](auto const& entry) { return Path(entry.first).parent_path() == path; });
  for (auto const& entry : entries_) {
    if (Path(entry.first).parent_path() == path) synced_entries_.insert(entry);
  }
  return {};
}

void MemoryFileSystem::lose_unsynced() {
  std::lock_guard lock(mutex_);
  Entries left;
  for (auto const& [name, inode] : synced_entries_) {
    left.emplace(name, std::make_shared<Inode>(Inode{inode->synced, inode->synced}));
  }
  entries_ = left;
  synced_entries_ = left;
}

std::string& MemoryFileSystem::bytes(Path const& path) {
  std::lock_guard lock(mutex_);
  return entries_.at(path.native())->bytes;
}

}  // namespace yubin::kv
