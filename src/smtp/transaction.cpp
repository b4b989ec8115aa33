#include "smtp/transaction.h"

#include <utility>

#include "base/assert.h"

namespace yubin::smtp {

void Transaction::begin(ReversePath reverse_path, MailParameters parameters) {
  YUBIN_ASSERT(!envelope_);
  envelope_ = Envelope{std::move(reverse_path), parameters, {}};
}

void Transaction::add_recipient(ForwardPath recipient) {
  YUBIN_ASSERT(envelope_);
  envelope_->recipients.push_back(std::move(recipient));
}

Envelope Transaction::take() {
  YUBIN_ASSERT(recipient_count() > 0);
  return *std::exchange(envelope_, std::nullopt);
}

}  // namespace yubin::smtp
