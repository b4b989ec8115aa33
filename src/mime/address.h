// Addresses as the envelope has them: local-part@domain. Parsing is the only way to make one from text.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin::mime {

// A domain name, lower-case and in A-labels (RFC 5890 section 2.3.2.1), or an address literal "[192.0.2.1]",
// "[IPv6:2001:db8::1]" (RFC 5321 section 4.1.3).
class Domain {
 public:
  // Takes U-labels too, and one final dot. Errc::syntax says which rule the text breaks; limits: 255 bytes, 63 a label.
  static Result<Domain> parse(std::string_view text);

  std::string const& text() const { return text_; }  // for the wire, keys and comparing
  std::string unicode() const;                       // for people: U-labels
  bool is_literal() const { return text_.starts_with('['); }

  friend auto operator<=>(Domain const&, Domain const&) = default;

 private:
  explicit Domain(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// The part before the @, as it was sent, without the quotes and backslashes of a quoted string. Two local-parts are the
// same octets; hosted domains compare by folded().
class LocalPart {
 public:
  // Dot-atoms and quoted strings (RFC 5321 section 4.1.2), UTF-8 (RFC 6531 section 3.3), and the forms that Japanese
  // carriers gave out against the RFC: leading, trailing and doubled dots. Limit: 64 bytes.
  static Result<LocalPart> parse(std::string_view text);

  std::string const& text() const { return text_; }  // unquoted
  std::string wire() const;                          // a dot-atom as it is, anything else as a quoted string
  std::string folded() const;                        // without ASCII case
  bool is_ascii() const;

  friend auto operator<=>(LocalPart const&, LocalPart const&) = default;

 private:
  explicit LocalPart(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

class Address {
 public:
  Address(LocalPart local_part, Domain domain) : local_part_(std::move(local_part)), domain_(std::move(domain)) {}
  // "local-part@domain", no angle brackets, no comments.
  static Result<Address> parse(std::string_view text);

  LocalPart const& local_part() const { return local_part_; }
  Domain const& domain() const { return domain_; }
  std::string text() const { return local_part_.wire() + "@" + domain_.text(); }
  std::string folded() const { return local_part_.folded() + "@" + domain_.text(); }  // for comparing and keys

  friend auto operator<=>(Address const&, Address const&) = default;

 private:
  LocalPart local_part_;
  Domain domain_;
};

}  // namespace yubin::mime
