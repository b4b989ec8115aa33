#include "imap/quota.h"

#include "base/format.h"

namespace yubin::imap {

namespace {

constexpr std::uint64_t kUnit = 1024;  // octets

}  // namespace

bool is_limited(store::Quota const& quota) {
  return quota.bytes != 0 || quota.messages != 0;
}

void put_quota(std::string& out, store::Usage const& usage, store::Quota const& quota) {
  append_format(out, "* QUOTA {} ", kQuotaRoot);
  std::string_view separator = "(";
  auto put = [&](std::string_view resource, std::uint64_t used, std::uint64_t limit) {
    append_format(out, "{}{} {} {}", separator, resource, used, limit);
    separator = " ";
  };
  if (quota.bytes != 0) put("STORAGE", usage.bytes / kUnit + (usage.bytes % kUnit != 0 ? 1 : 0), quota.bytes / kUnit);
  if (quota.messages != 0) put("MESSAGE", usage.messages, quota.messages);
  out += ")\r\n";
}

}  // namespace yubin::imap
