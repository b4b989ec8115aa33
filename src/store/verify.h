// The store's invariants, counted again from its rows: what `yubin store verify` tells and what the tests hold it to.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "kv/key_value.h"
#include "store/types.h"

namespace yubin::store {

// One sentence for each thing that is wrong; none when all is well. They read everything, hold about 100 bytes a
// message of one account in memory, and expect that nobody writes meanwhile. Errors are those of the engine; a row that
// cannot be read is a finding.

// Names, counters, UIDs, mod-sequences, change logs and cards of one account, and that each card's body is placed and
// referred to. An account that is not there has no findings if it has no rows.
Result<std::vector<std::string>> verify_account(kv::KeyValue const& engine, AccountId account);

// That each reference to a body is that of a card.
Result<std::vector<std::string>> verify_body_refs(kv::KeyValue const& engine);

// That each body that is placed has a reference, or is listed for the collector; else its space never comes back.
// Holds 16 bytes a body.
Result<std::vector<std::string>> verify_bodies(kv::KeyValue const& engine);

// All accounts, all references, all bodies.
Result<std::vector<std::string>> verify(kv::KeyValue const& engine);

}  // namespace yubin::store
