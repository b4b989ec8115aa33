// GETQUOTA (RFC 9208 section 4.1.1).
#include "imap/commands.h"
#include "imap/grammar.h"
#include "imap/quota.h"

namespace yubin::imap {

namespace {

// getquota = "GETQUOTA" SP quota-root-name
Result<std::string> quota_root(Cursor& cursor) {
  TRY_VOID(space(cursor));
  TRY(std::string name, astring(cursor));
  TRY_VOID(end_of_command(cursor));
  return name;
}

}  // namespace

Task<Reply> cmd_getquota(Context& context, Cursor cursor) {
  Result<std::string> name = quota_root(cursor);
  if (!name) co_return bad_syntax(name.error());
  Result<store::Quota> quota = context.services.store.quota(context.account());
  if (!quota) co_return failure(quota.error());
  if (*name != kQuotaRoot || !is_limited(*quota)) co_return no("NONEXISTENT", "There is no such quota root.");
  Result<store::Usage> usage = context.services.store.usage(context.account());
  if (!usage) co_return failure(usage.error());
  put_quota(context.out, *usage, *quota);
  co_return ok("GETQUOTA completed.");
}

}  // namespace yubin::imap
