// Reverse-path and forward-path: what stands between < and > after MAIL FROM: and RCPT TO: (RFC 5321 section 4.1.2).
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mime/address.h"

namespace yubin::smtp {

// Where reports of failure go. Null, "<>", on reports themselves (RFC 5321 section 4.5.5): nothing may be sent back.
class ReversePath {
 public:
  ReversePath() = default;  // the null reverse-path
  explicit ReversePath(mime::Address address) : address_(std::move(address)) {}
  // "<>" or "<local-part@domain>", nothing after it. A source route is accepted and dropped.
  static Result<ReversePath> parse(std::string_view text);

  bool is_null() const { return !address_; }
  std::optional<mime::Address> const& address() const { return address_; }
  std::string text() const;  // with the angle brackets

  friend auto operator<=>(ReversePath const&, ReversePath const&) = default;

 private:
  std::optional<mime::Address> address_;
};

// One recipient: an address, or the bare `postmaster` of RFC 5321 section 4.1.1.3, which every server must take.
class ForwardPath {
 public:
  explicit ForwardPath(mime::Address address) : address_(std::move(address)) {}
  static ForwardPath postmaster() { return ForwardPath(); }
  // "<local-part@domain>" or "<postmaster>" without case, nothing after it. A source route is accepted and dropped.
  static Result<ForwardPath> parse(std::string_view text);

  bool is_bare_postmaster() const { return !address_; }
  std::optional<mime::Address> const& address() const { return address_; }  // empty for the bare postmaster
  std::string text() const;                                                 // with the angle brackets

  friend auto operator<=>(ForwardPath const&, ForwardPath const&) = default;

 private:
  ForwardPath() = default;
  std::optional<mime::Address> address_;
};

}  // namespace yubin::smtp
