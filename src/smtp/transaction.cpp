#include "smtp/transaction.h"

#include <utility>

#include "base/assert.h"

namespace yubin::smtp {

void Transaction::begin(ReversePath reverse_path, MailParameters parameters) {
  YUBIN_ASSERT(!envelope_);
  envelope_ = Envelope{std::move(reverse_path), std::move(parameters), {}};
}

void Transaction::add_recipient(Recipient recipient) {
  YUBIN_ASSERT(envelope_);
  envelope_->recipients.push_back(std::move(recipient));
}

Chunks& Transaction::chunks() {
  YUBIN_ASSERT(envelope_);
  if (!chunks_) chunks_.emplace();
  return *chunks_;
}

Envelope Transaction::take() {
  YUBIN_ASSERT(recipient_count() > 0);
  Envelope envelope = *std::move(envelope_);
  reset();
  return envelope;
}

void Transaction::reset() {
  envelope_.reset();
  chunks_.reset();
}

}  // namespace yubin::smtp
