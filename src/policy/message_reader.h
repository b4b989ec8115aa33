// A message on its way past the judge: its header section is kept, its body only hashed, in one pass and in pieces of
// any size. What the checks of the author and of signatures look at.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mime/header.h"
#include "policy/arc_set.h"
#include "policy/author.h"
#include "policy/body_digests.h"
#include "policy/dkim_signature.h"

namespace yubin::policy {

// One DKIM-Signature field.
struct SignatureField {
  std::size_t place;  // in the header section
  std::expected<DkimSignature, SignatureError> signature;
};

class MessageReader {
 public:
  // Of so many signatures the first are looked at, those in the author's domain before others; RFC 6376 section 6.1
  // permits a limit.
  static constexpr std::size_t kMaxSignatures = 8;
  static constexpr std::size_t kMaxHeader = 256 * 1024;

  // The body in this form too, besides those that the message's own signatures ask for; before the first feed().
  void want(BodyRecipe const& recipe) { digests_.want(recipe); }
  void feed(std::string_view piece);
  void finish();  // once; what follows is known after it

  mime::HeaderSection const& header() const { return header_; }
  bool header_too_large() const { return !header_.complete(); }
  Author const& author() const { return author_; }
  std::vector<SignatureField> const& signatures() const { return signatures_; }
  std::size_t signatures_left_out() const { return left_out_; }
  // An error: the chain is malformed, which is a finding.
  Result<std::vector<ArcSet>> const& arc_sets() const { return arc_sets_; }
  BodyDigest const& body(BodyRecipe const& recipe) const { return digests_.get(recipe); }

 private:
  void end_header();
  void choose_signatures();

  std::string pending_;  // the header section, until its end is seen
  bool in_body_ = false;
  mime::HeaderSection header_;
  Author author_;
  std::vector<SignatureField> signatures_;
  std::size_t left_out_ = 0;
  Result<std::vector<ArcSet>> arc_sets_;
  BodyDigests digests_;
};

}  // namespace yubin::policy
