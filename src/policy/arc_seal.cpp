#include "policy/arc_seal.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"
#include "base/text.h"
#include "policy/header_digest.h"

namespace yubin::policy {

namespace {

// Section 4.1.2: what DKIM signs, and the signatures that the author's server made.
std::vector<std::string> fields_to_seal(mime::HeaderSection const& header) {
  std::vector<std::string> out = fields_to_sign(header);
  out.insert(out.end(), header.find_all("DKIM-Signature").size(), "dkim-signature");
  return out;
}

Result<std::string> message_signature(MessageReader const& message, SealRequest const& request, std::size_t instance) {
  DkimSignature signature;
  signature.algorithm = {request.key.type(), Hash::sha256};
  signature.header_form = Canonicalization::relaxed;
  signature.fields = fields_to_seal(message.header());
  std::string field =
      fmt::format("ARC-Message-Signature: i={}; a={}; c=relaxed/relaxed;\r\n d={}; s={}; t={};\r\n", instance,
                  to_string(signature.algorithm), request.signer.domain, request.signer.selector, request.time);
  field += folded_tag("h", signature.fields, ":") + ";\r\n";
  field += fmt::format(" bh={};\r\n b=", to_base64(message.body(kSignedBody).hash));
  TRY(std::string const bytes, request.key.sign(header_digest(message.header(), signature, field + "\r\n")));
  field.resize(field.size() - 3);
  return field + folded_base64_tag("b", bytes) + "\r\n";
}

// Section 5.1.1; of a chain that is broken only the own set counts (section 5.1.2).
std::string seal_digest(MessageReader const& message, SealRequest const& request, std::string_view results,
                        std::string_view signature, std::string_view seal) {
  Digest digest(Hash::sha256);
  auto add = [&](std::string_view raw) { digest.update(canonical_field(Canonicalization::relaxed, raw)); };
  if (request.status != ChainStatus::fail) {
    for (ArcSet const& set : *message.arc_sets()) {
      add(message.header()[set.results_place].raw);
      add(message.header()[set.message_place].raw);
      add(message.header()[set.seal_place].raw);
    }
  }
  add(results);
  add(signature);
  std::string const last = canonical_field(Canonicalization::relaxed, seal);
  digest.update(std::string_view(last).substr(0, last.size() - 2));
  return digest.finish();
}

}  // namespace

Result<std::string> seal_message(MessageReader const& message, SealRequest const& request) {
  if (message.header_too_large()) return fail(Errc::limit, "the header section is too large to be sealed");
  auto const& sets = message.arc_sets();
  if (!sets || sets->size() >= kMaxArcSets) return "";
  if (!sets->empty() && sets->back().seal.status == ChainStatus::fail) return "";
  std::size_t const instance = sets->size() + 1;
  std::string const results = fmt::format("ARC-Authentication-Results: i={}; {}\r\n", instance, trim(request.results));
  TRY(std::string const signature, message_signature(message, request, instance));
  std::string seal = fmt::format("ARC-Seal: i={}; a={}; t={}; cv={};\r\n d={}; s={};\r\n b=", instance,
                                 to_string(SigningAlgorithm{request.key.type(), Hash::sha256}), request.time,
                                 to_string(request.status), request.signer.domain, request.signer.selector);
  TRY(std::string const bytes, request.key.sign(seal_digest(message, request, results, signature, seal + "\r\n")));
  seal.resize(seal.size() - 3);
  return seal + folded_base64_tag("b", bytes) + "\r\n" + signature + results;
}

}  // namespace yubin::policy
