// Small files that the program makes for itself.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin::app {

// The error names the file.
Result<> write_file(std::filesystem::path const& path, std::string_view content);
// Only its owner may read it.
Result<> write_secret(std::filesystem::path const& path, std::string_view content);
std::optional<std::string> read_file(std::filesystem::path const& path);

// With those above it, if missing; must be writable. Returns the absolute path.
Result<std::filesystem::path> make_directory(std::filesystem::path const& path);

}  // namespace yubin::app
