#include "policy/shown_name.h"

#include <algorithm>

#include "base/text.h"

namespace yubin::policy {

std::string shown_name(std::string_view name) {
  auto plain = [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_'; };
  bool const as_it_is = !name.empty() && name.size() <= 253 && std::ranges::all_of(name, plain);
  return as_it_is ? std::string(name) : quoted(name);
}

}  // namespace yubin::policy
