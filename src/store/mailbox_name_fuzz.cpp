// Names from clients: refused, or kept in a form that is taken as it is, with a parent that is a name too.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "store/types.h"

using namespace yubin;
using namespace yubin::store;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  Result<MailboxName> name = MailboxName::parse(input);
  if (!name) {
    YUBIN_ASSERT(name.error().code == Errc::syntax || name.error().code == Errc::limit);
    return 0;
  }
  Result<MailboxName> again = MailboxName::parse(name->text());
  YUBIN_ASSERT(again.has_value() && *again == *name);
  YUBIN_ASSERT(name->text().size() <= 1000 && name->text().find_first_of("*%\r\n") == std::string::npos);
  if (auto parent = name->parent()) {
    Result<MailboxName> above = MailboxName::parse(parent->text());
    YUBIN_ASSERT(above.has_value() && *above == *parent);
  }
  return 0;
}
