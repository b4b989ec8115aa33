// What is done to addresses of mail that begins its way here, and who else gets a copy of mail that passes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "deliver/mail_route.h"
#include "mime/address.h"

namespace yubin::deliver {

// "root@host.example.org=sysmail@example.org"; "@old.example=@example.org": everybody of a domain; "root@=…": whoever
// is called so, whatever the domain.
class CanonicalRule {
 public:
  static Result<CanonicalRule> parse(std::string_view text);  // Errc::syntax
  std::string text() const;
  // None: it is for others.
  std::optional<mime::Address> apply(mime::Address const& address) const;

  friend bool operator==(CanonicalRule const&, CanonicalRule const&) = default;

 private:
  std::optional<mime::LocalPart> local_{};  // none: any
  std::optional<mime::Domain> domain_{};
  std::optional<mime::LocalPart> to_local_{};  // none: as it was
  std::optional<mime::Domain> to_domain_{};
};

// Mail of or for somebody is also for another.
struct CopyRule {
  RoutePattern whose;
  mime::Address to;

  static Result<CopyRule> parse(std::string_view text);  // "example.org=archive@example.org"; Errc::syntax
  std::string text() const { return whose.text() + "=" + to.text(); }
  friend bool operator==(CopyRule const&, CopyRule const&) = default;
};

struct AddressRules {
  std::vector<CanonicalRule> canonical{};        // the first that fits, once
  std::vector<std::string> masquerade{};         // domains that hide the names of the hosts below them
  std::vector<std::string> masquerade_except{};  // local-parts that keep the host's name, in lower case
  std::vector<CopyRule> copies_of_sent{};        // by the envelope's sender
  std::vector<CopyRule> copies_of_received{};    // by its recipients

  // What stands for a sender, or for an address of the header section; none: it stays.
  std::optional<mime::Address> rewrite(mime::Address const& address) const;
  // What stands for a recipient of the envelope: machines keep getting what is sent to them.
  std::optional<mime::Address> rewrite_recipient(mime::Address const& address) const;
  bool rewrites() const { return !canonical.empty() || !masquerade.empty(); }
  // Who else gets the message; each once.
  std::vector<mime::Address> copies(std::optional<mime::Address> const& sender,
                                    std::vector<mime::Address> const& recipients) const;
};

// A filter for a header section that begins its way here: addresses in the fields of senders and recipients are
// rewritten, and what From was is kept as X-Original-From. Bytes in pieces of any size; holds back one
// field of at most 64 KiB, a longer one passes as it is. One thread at a time. The rules outlive it.
class AddressRewriter {
 public:
  explicit AddressRewriter(AddressRules const& rules) : rules_(rules) {}
  std::string pass(std::string_view piece);
  std::string finish();

 private:
  void end_field(std::string& out);

  AddressRules const& rules_;
  std::string field_;  // from its name on
  bool in_body_ = false;
  bool too_long_ = false;
};

}  // namespace yubin::deliver
