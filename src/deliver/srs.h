// The Sender Rewriting Scheme: what is forwarded to another domain leaves with a reverse-path of ours, so that SPF is
// about us, and reports find their way back through it. SRS0=hash=day=domain=local-part@us is what we make of
// local-part@domain; SRS1=hash=first==hash=day=domain=local-part@us of an address that a first forwarder has made, so
// that the report goes straight to that one.
//
// The hash (30 bits of HMAC-SHA-256, other ones for SRS0 and SRS1) keeps others from making such addresses, the day
// ends them after three weeks.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "mime/address.h"

namespace yubin::deliver {

// Any thread.
class Srs {
 public:
  static constexpr std::int64_t kDays = 21;

  // `secret`: the server's own, for ever.
  explicit Srs(std::string secret) : secret_(std::move(secret)) {}

  // None: it would be too long for a local-part.
  std::optional<mime::Address> rewrite(mime::Address const& sender, mime::Domain const& ours, WallTime now) const;
  // Whether it looks like one of them; in any case of letters, since some change it on the way.
  static bool is_rewritten(mime::Address const& address);
  // To whom a report for such an address of ours goes. Errors: denied, it is forged, or over.
  Result<mime::Address> unpack(mime::Address const& address, WallTime now) const;
  // What marks a message that `alias` has led elsewhere, if it comes back: it tells others nothing of the alias.
  std::string mark_of(mime::Address const& alias) const;

 private:
  std::string hash(std::string_view purpose, std::string_view text, std::size_t digits) const;
  std::string hash(std::string_view purpose, std::string_view text) const;

  std::string const secret_;
};

}  // namespace yubin::deliver
