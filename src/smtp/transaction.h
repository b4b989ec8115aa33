// A mail transaction: from an accepted MAIL to the end of the data, or to whatever ends it earlier.
#pragma once

#include <optional>

#include "smtp/envelope.h"
#include "smtp/framer.h"

namespace yubin::smtp {

// What BDAT commands have brought of a message so far (RFC 3030 section 2).
struct Chunks {
  std::uint64_t octets = 0;
  std::size_t count = 0;
  LineEnds line_ends{};
};

// The reverse-path and forward-path buffers of RFC 5321 section 4.1.1. RSET, EHLO, STARTTLS and the end of the data all
// end it by reset() or take(); a lost connection destroys it. There is nothing else that could be forgotten.
class Transaction {
 public:
  bool is_open() const { return envelope_.has_value(); }
  std::size_t recipient_count() const { return envelope_ ? envelope_->recipients.size() : 0; }
  bool in_chunks() const { return chunks_.has_value(); }
  std::uint64_t octets() const { return chunks_ ? chunks_->octets : 0; }      // of its chunks
  MailParameters const& parameters() const { return envelope_->parameters; }  // one must be open

  void begin(ReversePath reverse_path, MailParameters parameters);  // none may be open
  void add_recipient(Recipient recipient);                          // one must be open
  Chunks& chunks();                                                 // one must be open; from now on in_chunks()
  Envelope take();                                                  // ends it; there must be a recipient
  void reset();

 private:
  std::optional<Envelope> envelope_;
  std::optional<Chunks> chunks_;
};

}  // namespace yubin::smtp
