// TempDirectory: a directory of a test's own, gone with everything in it when the test is over. In memory where the
// machine has such a place: what a disk loses is tested elsewhere, and its syncs would take most of the time.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace yubin::kit {

class TempDirectory {
 public:
  TempDirectory() {
    std::string name = parent() / "yubin-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory: " + name);
    path_ = name;
  }
  ~TempDirectory() {
    std::error_code ignored;  // what cannot be removed is left for the system's cleaning
    std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(TempDirectory const&) = delete;
  TempDirectory& operator=(TempDirectory const&) = delete;

  std::filesystem::path const& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  static std::filesystem::path parent() {
    char const* const in_memory = "/dev/shm";
    return ::access(in_memory, W_OK | X_OK) == 0 ? in_memory : std::filesystem::temp_directory_path();
  }

  std::filesystem::path path_;
};

}  // namespace yubin::kit
