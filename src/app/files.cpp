#include "app/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace yubin::app {

Result<> write_file(std::filesystem::path const& path, std::string_view content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << content;
  out.close();
  if (!out) return fail(Errc::denied, fmt::format("cannot write {}", path.string()));
  return {};
}

Result<> write_secret(std::filesystem::path const& path, std::string_view content) {
  TRY_VOID(write_file(path, ""));
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return write_file(path, content);
}

std::optional<std::string> read_file(std::filesystem::path const& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

Result<std::filesystem::path> make_directory(std::filesystem::path const& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  std::filesystem::path whole = std::filesystem::absolute(path);
  if (error) return fail(Errc::denied, fmt::format("cannot make the folder {}: {}", whole.string(), error.message()));
  if (::access(whole.c_str(), W_OK) != 0)
    return fail(Errc::denied, fmt::format("cannot write into the folder {}; choose another", whole.string()));
  return whole;
}

}  // namespace yubin::app
