// The forms in which header fields and bodies are hashed, so that what relays may change does not matter (RFC 6376
// section 3.4).
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace yubin::policy {

enum class Canonicalization { simple, relaxed };
std::string_view to_string(Canonicalization form);

// A field as it stands in the message, with its last line end; so is the result (sections 3.4.1, 3.4.2).
std::string canonical_field(Canonicalization form, std::string_view raw);

// A body in pieces of any size (sections 3.4.3, 3.4.4). A line ends with CR LF; alone, they are bytes like others.
class BodyCanonicalizer {
 public:
  // Takes the canonical body, in slices of at most 16 KiB; a slice is gone when it returns.
  using Sink = std::function<void(std::string_view)>;

  BodyCanonicalizer(Canonicalization form, Sink sink) : form_(form), sink_(std::move(sink)) {}

  // What is certain goes to the sink: all but the empty lines that may be the last.
  void feed(std::string_view piece);
  void finish();  // once

 private:
  void begin();
  void end_line();
  void put(char c) {
    slice_[used_++] = c;
    if (used_ == slice_.size()) flush();
  }
  void flush();
  std::size_t put_run(std::string_view text);

  Canonicalization form_;
  Sink sink_;
  std::array<char, std::size_t{16} * 1024> slice_;
  std::size_t used_ = 0;
  std::size_t empty_lines_ = 0;  // held back
  bool cr_ = false;              // held back: the last byte was CR
  bool blank_ = false;           // relaxed, held back: white space
  bool in_line_ = false;         // something of the present line was put
  bool any_ = false;             // something was put at all
};

}  // namespace yubin::policy
