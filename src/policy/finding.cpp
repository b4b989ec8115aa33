#include "policy/finding.h"

namespace yubin::policy {

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::off:
      return "off";
    case Mode::observe:
      return "observe";
    case Mode::enforce:
      return "enforce";
  }
  return "unknown";
}

std::optional<Mode> parse_mode(std::string_view text) {
  for (Mode mode : {Mode::off, Mode::observe, Mode::enforce}) {
    if (text == to_string(mode)) return mode;
  }
  return std::nullopt;
}

}  // namespace yubin::policy
