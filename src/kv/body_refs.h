// The rows of Table::body_ref: which messages use a body, and which bodies may have no user any more.
//
// A reference is a row whose key begins with the body's id; the rest says who uses it, and is its user's business. Who
// erases references lists their bodies as unused in the same change, without looking for other users; the collector
// (collector.h) looks for them after a while. Both kinds of rows are put and erased blindly.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_id.h"
#include "kv/bodies.h"
#include "kv/changer.h"

namespace yubin::kv {

Range body_refs_range();           // all references, and no list
Range body_refs_range(BodyId id);  // those to one body

inline constexpr std::size_t kUnusedPerRow = 256;

// Lists bodies that lose a reference in this change, repeated or not. `ids` makes the keys of the rows.
void list_unused(Changes& changes, UniqueIds& ids, std::span<BodyId const> bodies);

// The rows of lists that were written up to a time.
Range unused_range(WallTime up_to);
// The bodies of such a row. Errors: corrupt.
Result<std::vector<BodyId>> decode_unused(std::string_view value);

}  // namespace yubin::kv
