// The messages that a command names: `sequence-set`, in sequence numbers or in UIDs.
#pragma once

#include "imap/context.h"
#include "imap/grammar.h"

namespace yubin::imap {

// A change takes UIDs; they are fixed when the command begins.
using UidRanges = std::vector<store::UidRange>;

// The set's messages in the view; for sequence numbers that are not in use, the reply BAD.
std::expected<std::vector<SeqRange>, Reply> named_messages(Context const& context, SequenceSet const& set,
                                                           Numbers numbers);

}  // namespace yubin::imap
