// A body that is in use by what is no message yet: it is on its way into mailboxes, and must not be dropped meanwhile.
// Its rows are a message's (docs/FORMAT.md), with the server's account in place of a reader's.
#pragma once

#include "kv/bodies.h"
#include "kv/changer.h"
#include "store/keys.h"

namespace yubin::store {

// `use` tells several uses of one body apart.
inline BodyRefKey held_body_key(kv::BodyId body, std::uint32_t use) {
  return {body, kv::kServerAccount, MailboxId(0), Uid(use)};
}
inline bool is_held(BodyRefKey const& ref) {
  return ref.account == kv::kServerAccount;
}

// In the batch that takes responsibility for the message; the body must be durable.
inline void hold_body(kv::Changes& changes, kv::SealedBody const& body, std::uint32_t use) {
  changes.put_blind(kv::Table::body, body.ref.id.bytes(), body.place);
  changes.put_blind(kv::Table::body_ref, held_body_key(body.ref.id, use).encode(), {});
}
// In the batch that ends this use. Whoever made no message of the body in it lists it for the collector
// (kv/body_refs.h).
inline void release_body(kv::Changes& changes, kv::BodyId body, std::uint32_t use) {
  changes.erase_blind(kv::Table::body_ref, held_body_key(body, use).encode());
}

}  // namespace yubin::store
