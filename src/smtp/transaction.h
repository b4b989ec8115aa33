// A mail transaction: from an accepted MAIL to the end of the data, or to whatever ends it earlier.
#pragma once

#include <optional>

#include "smtp/envelope.h"

namespace yubin::smtp {

// The reverse-path and forward-path buffers of RFC 5321 section 4.1.1. RSET, EHLO, STARTTLS and the end of the data all
// end it by reset() or take(); a lost connection destroys it. There is nothing else that could be forgotten.
class Transaction {
 public:
  bool is_open() const { return envelope_.has_value(); }
  std::size_t recipient_count() const { return envelope_ ? envelope_->recipients.size() : 0; }

  void begin(ReversePath reverse_path, MailParameters parameters);  // none may be open
  void add_recipient(ForwardPath recipient);                        // one must be open
  Envelope take();                                                  // ends it; there must be a recipient
  void reset() { envelope_.reset(); }

 private:
  std::optional<Envelope> envelope_;
};

}  // namespace yubin::smtp
