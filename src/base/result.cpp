#include "base/result.h"

namespace yubin {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::syntax:
      return "syntax";
    case Errc::limit:
      return "limit";
    case Errc::not_found:
      return "not found";
    case Errc::conflict:
      return "conflict";
    case Errc::denied:
      return "denied";
    case Errc::temporary:
      return "temporary";
    case Errc::corrupt:
      return "corrupt";
    case Errc::internal:
      return "internal";
  }
  return "unknown";
}

}  // namespace yubin
