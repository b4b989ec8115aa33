#include "pop3/message_text.h"

#include <algorithm>

namespace yubin::pop3 {

namespace {

constexpr std::uint64_t kRead = 32 * 1024;  // bytes at a time; at worst they double on the wire

Result<std::string> read(Context& context, store::Card const& card, std::uint64_t offset, std::uint64_t size) {
  auto const wanted = static_cast<std::size_t>(std::min(kRead, size - offset));
  TRY(std::string bytes, context.services.store.read(card, offset, wanted));
  if (bytes.size() != wanted) return fail(Errc::corrupt, "a message is shorter than its state says");
  return bytes;
}

}  // namespace

Task<Reply> put_message(Context& context, Maildrop::Message const& message, Reply status, WireText wire) {
  Maildrop const& maildrop = *context.maildrop;
  auto const card = context.services.store.find_card(maildrop.account(), maildrop.mailbox(), message.uid);
  if (!card) co_return failure(card.error());
  // Another session has removed it.
  if (!*card) co_return err("That message was removed meanwhile.");
  bool begun = false;
  std::uint64_t offset = 0;
  while (offset < message.size && !wire.done()) {
    Result<std::string> const bytes = read(context, **card, offset, message.size);
    if (!bytes && !begun) co_return failure(bytes.error());
    if (!bytes) {
      context.closing = true;
      co_return told();
    }
    if (!begun) put(context.out, status);
    begun = true;
    wire.put(*bytes, context.out);
    offset += bytes->size();
    co_await context.pause();
  }
  if (!begun) put(context.out, status);
  wire.finish(context.out);
  co_return told();
}

}  // namespace yubin::pop3
