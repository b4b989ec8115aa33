#include "app/version.h"

namespace yubin::app {

std::string_view version() {
  return YUBIN_VERSION;
}

}  // namespace yubin::app
