// One message into one INBOX, inside a change.
#pragma once

#include <string>

#include "base/result.h"
#include "kv/bodies.h"
#include "queue/local_row.h"
#include "store/changes.h"

namespace yubin::deliver {

// What all recipients of a message share; lives as long as the calls below.
struct Original {
  kv::SealedBody const& body;
  std::string const& summary;
  std::string const& trace;
  std::string const& reverse_path;
  std::int64_t accepted;  // seconds since 1970
};

enum class Copied { yes, no_such_account };
// Errors: denied (over the account's quota, as far as `quota` looks at it); those of store::Changes::append.
Result<Copied> copy_into_inbox(store::Changes& changes, Original const& original, queue::LocalTarget const& target,
                               store::QuotaRule quota);

}  // namespace yubin::deliver
