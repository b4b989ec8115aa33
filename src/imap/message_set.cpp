#include "imap/message_set.h"

namespace yubin::imap {

std::expected<std::vector<SeqRange>, Reply> named_messages(Context const& context, SequenceSet const& set,
                                                           Numbers numbers) {
  Result<std::vector<SeqRange>> messages = context.view->resolve(set, numbers);
  if (!messages) return std::unexpected(bad_syntax(messages.error()));
  return *std::move(messages);
}

}  // namespace yubin::imap
