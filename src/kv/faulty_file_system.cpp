#include "kv/faulty_file_system.h"

namespace yubin::kv {

namespace {

class FaultyFile final : public File {
 public:
  FaultyFile(std::unique_ptr<File> inner, Faults& faults) : inner_(std::move(inner)), faults_(faults) {}

  Result<> write(std::uint64_t offset, std::string_view bytes) override {
    auto const fault = faults_.next_call();
    if (!fault) return inner_->write(offset, bytes);
    if (*fault == FaultMode::half_done) (void)inner_->write(offset, bytes.substr(0, bytes.size() / 2));
    if (*fault == FaultMode::done_but_failed) (void)inner_->write(offset, bytes);
    return std::unexpected(faults_.error());
  }
  Result<std::string> read(std::uint64_t offset, std::size_t length) const override {
    return with_faults(faults_, [&] { return inner_->read(offset, length); });
  }
  Result<> sync() override {
    return with_faults(faults_, [&] { return inner_->sync(); });
  }
  Result<> truncate(std::uint64_t size) override {
    return with_faults(faults_, [&] { return inner_->truncate(size); });
  }
  void start_writing_back(std::uint64_t offset, std::uint64_t length) override {
    inner_->start_writing_back(offset, length);
  }

 private:
  std::unique_ptr<File> inner_;
  Faults& faults_;
};

Result<std::unique_ptr<File>> wrapped(Result<std::unique_ptr<File>> file, Faults& faults) {
  if (!file) return file;
  return std::make_unique<FaultyFile>(std::move(*file), faults);
}

}  // namespace

Result<std::unique_ptr<File>> FaultyFileSystem::create(Path const& path) {
  return wrapped(with_faults(faults_, [&] { return inner_.create(path); }), faults_);
}
Result<std::unique_ptr<File>> FaultyFileSystem::open_to_read(Path const& path) {
  return wrapped(with_faults(faults_, [&] { return inner_.open_to_read(path); }), faults_);
}
Result<std::uint64_t> FaultyFileSystem::size(Path const& path) {
  return with_faults(faults_, [&] { return inner_.size(path); });
}
Result<> FaultyFileSystem::remove(Path const& path) {
  return with_faults(faults_, [&] { return inner_.remove(path); });
}
Result<> FaultyFileSystem::make_directory(Path const& path) {
  return with_faults(faults_, [&] { return inner_.make_directory(path); });
}
Result<std::vector<std::string>> FaultyFileSystem::list(Path const& path) {
  return with_faults(faults_, [&] { return inner_.list(path); });
}
Result<> FaultyFileSystem::sync_directory(Path const& path) {
  return with_faults(faults_, [&] { return inner_.sync_directory(path); });
}

}  // namespace yubin::kv
