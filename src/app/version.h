// What `yubin --version` says.
#pragma once

#include <string_view>

namespace yubin::app {

std::string_view version();

}  // namespace yubin::app
