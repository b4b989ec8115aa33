#include "policy/message_reader.h"

#include <algorithm>

#include "base/text.h"
#include "policy/dns_name.h"

namespace yubin::policy {

namespace {

// More fields than this are not even read.
constexpr std::size_t kMaxRead = 100;

// Where the empty line after the header section ends; npos: not yet.
std::size_t end_of_header(std::string_view text, std::size_t from) {
  if (text.starts_with("\r\n")) return 2;
  std::size_t const crlf = text.find("\r\n\r\n", from);
  std::size_t const lf = text.find("\n\n", from);
  if (crlf == std::string_view::npos && lf == std::string_view::npos) return std::string_view::npos;
  return crlf < lf ? crlf + 4 : lf + 2;
}

bool speaks_for(DkimSignature const& signature, Author const& author) {
  return std::ranges::any_of(author.domains, [&](std::string const& domain) {
    return is_within(domain, signature.domain) || is_within(signature.domain, domain);
  });
}

}  // namespace

void MessageReader::feed(std::string_view piece) {
  if (in_body_) return digests_.feed(piece);
  std::size_t const from = pending_.size() < 3 ? 0 : pending_.size() - 3;
  pending_ += piece;
  // A section that does not end is cut by its own limit; what is behind belongs to no field.
  if (end_of_header(pending_, from) != std::string::npos || pending_.size() > kMaxHeader + 1024) end_header();
}

void MessageReader::end_header() {
  std::string const text = std::exchange(pending_, {});
  header_ = mime::HeaderSection::parse(text, {.bytes = kMaxHeader});
  author_ = author_of(header_);
  choose_signatures();
  arc_sets_ = parse_arc_sets(header_);
  if (arc_sets_ && !arc_sets_->empty()) digests_.want(arc_sets_->back().message.body);
  in_body_ = true;
  digests_.feed(std::string_view(text).substr(std::min<std::size_t>(header_.body_offset(), text.size())));
}

void MessageReader::choose_signatures() {
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (!iequals(header_[i].name, "DKIM-Signature")) continue;
    if (signatures_.size() < kMaxRead) {
      signatures_.push_back({i, parse_signature(header_[i].raw_value, SignatureKind::dkim)});
    } else {
      ++left_out_;
    }
  }
  // Those of the author come first, each part in its order.
  std::vector<SignatureField> others;
  std::vector<SignatureField> own;
  for (SignatureField& one : signatures_)
    (one.signature && speaks_for(*one.signature, author_) ? own : others).push_back(std::move(one));
  std::ranges::move(others, std::back_inserter(own));
  signatures_ = std::move(own);
  if (signatures_.size() > kMaxSignatures) {
    left_out_ += signatures_.size() - kMaxSignatures;
    signatures_.erase(signatures_.begin() + kMaxSignatures, signatures_.end());
  }
  for (SignatureField const& one : signatures_) {
    if (one.signature) digests_.want(one.signature->body);
  }
}

void MessageReader::finish() {
  if (!in_body_) end_header();
  digests_.finish();
}

}  // namespace yubin::policy
