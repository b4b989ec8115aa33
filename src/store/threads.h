// Which thread a message belongs to (RFC 8621 section 3, RFC 8474 section 5.2). Private to the store.
//
// An account has one row for each thread key (mime/thread.h) of its messages: hash of a message id and the base
// subject. A row leads to the same thread as long as it is there, so a message's thread never changes, and two threads
// that a later message would join stay two. An ordinary message costs one row, and a look at one to three.
#pragma once

#include <string_view>

#include "kv/changer.h"
#include "store/types.h"

namespace yubin::store {

// Sets other_thread of a message that comes into the account, and notes its keys, which are in its summary. One whose
// summary has none, or is none, begins a thread. `now`: seconds since 1970.
Result<> join_thread(kv::Changes& changes, AccountId account, std::string_view summary, std::int64_t now,
                     MessageState& state);

}  // namespace yubin::store
