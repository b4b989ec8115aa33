// FaultyFileSystem: a file system around another that fails where its Faults say, the calls on open files counted too.
#pragma once

#include "kv/faults.h"
#include "kv/file_system.h"

namespace yubin::kv {

class FaultyFileSystem final : public FileSystem {
 public:
  // Both outlive this and its files.
  FaultyFileSystem(FileSystem& inner, Faults& faults) : inner_(inner), faults_(faults) {}

  Result<std::unique_ptr<File>> create(Path const& path) override;
  Result<std::unique_ptr<File>> open_to_read(Path const& path) override;
  Result<std::uint64_t> size(Path const& path) override;
  Result<Space> space(Path const& path) override { return inner_.space(path); }  // not counted
  Result<> remove(Path const& path) override;
  Result<> make_directory(Path const& path) override;
  Result<std::vector<std::string>> list(Path const& path) override;
  Result<> sync_directory(Path const& path) override;

 private:
  FileSystem& inner_;
  Faults& faults_;
};

}  // namespace yubin::kv
