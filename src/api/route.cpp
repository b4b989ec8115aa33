#include "api/route.h"

namespace yubin::api {

std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  std::size_t const open = pattern.find("{}");
  if (open == std::string_view::npos) return pattern == path ? std::optional<std::string_view>("") : std::nullopt;
  std::string_view const before = pattern.substr(0, open);
  std::string_view const after = pattern.substr(open + 2);
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after))
    return std::nullopt;
  std::string_view const middle = path.substr(before.size(), path.size() - before.size() - after.size());
  if (middle.find('/') != std::string_view::npos) return std::nullopt;
  return middle;
}

}  // namespace yubin::api
