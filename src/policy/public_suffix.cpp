#include "policy/public_suffix.h"

#include <libpsl.h>

#include <string>

namespace yubin::policy {

bool is_public_suffix(std::string_view domain) {
  // The list that is compiled in needs no file, which the sandbox would have to allow.
  psl_ctx_t const* const list = psl_builtin();
  return list != nullptr && psl_is_public_suffix(list, std::string(domain).c_str()) == 1;
}

}  // namespace yubin::policy
