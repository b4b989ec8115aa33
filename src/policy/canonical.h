// The forms in which header fields and bodies are hashed, so that what relays may change does not matter (RFC 6376
// section 3.4).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace yubin::policy {

enum class Canonicalization { simple, relaxed };
std::string_view to_string(Canonicalization form);

// A field as it stands in the message, with its last line end; so is the result (sections 3.4.1, 3.4.2).
std::string canonical_field(Canonicalization form, std::string_view raw);

// A body in pieces of any size (sections 3.4.3, 3.4.4). A line ends with CR LF; alone, they are bytes like others.
class BodyCanonicalizer {
 public:
  explicit BodyCanonicalizer(Canonicalization form) : form_(form) {}

  // Appends what is certain to `out`: all of it but the empty lines that may be the last.
  void feed(std::string_view piece, std::string& out);
  void finish(std::string& out);

 private:
  void feed_simple(std::string_view piece, std::string& out);
  void feed_relaxed(std::string_view piece, std::string& out);
  void end_line(std::string& out);
  void give(std::string_view text, std::string& out);

  Canonicalization form_;
  std::size_t empty_lines_ = 0;  // held back
  bool cr_ = false;              // held back: the last byte was CR
  bool blank_ = false;           // relaxed, held back: white space
  bool in_line_ = false;         // something of the present line was given
  bool any_ = false;             // something was given at all
};

}  // namespace yubin::policy
