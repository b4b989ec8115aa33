#include "policy/dkim_sign.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/base64.h"
#include "base/text.h"
#include "policy/header_digest.h"

namespace yubin::policy {

namespace {

struct Signed {
  std::string_view name;
  bool also_absent;  // one more than there are
};

// A list adds List-* and Sender, and a resender Resent-*: that must not cost the author's signature. Lists that add
// Reply-To lose it; who can add one elsewhere has all answers.
constexpr std::array<Signed, 28> kFields{{{"from", true},
                                          {"to", true},
                                          {"cc", true},
                                          {"subject", true},
                                          {"date", true},
                                          {"message-id", true},
                                          {"reply-to", true},
                                          {"in-reply-to", true},
                                          {"references", true},
                                          {"mime-version", true},
                                          {"content-type", true},
                                          {"content-transfer-encoding", true},
                                          {"content-disposition", true},
                                          {"content-id", true},
                                          {"content-description", true},
                                          {"content-language", true},
                                          {"sender", false},
                                          {"resent-date", false},
                                          {"resent-from", false},
                                          {"resent-sender", false},
                                          {"resent-to", false},
                                          {"resent-cc", false},
                                          {"resent-message-id", false},
                                          {"list-id", false},
                                          {"list-unsubscribe", false},  // RFC 8058 section 4 wants both signed
                                          {"list-unsubscribe-post", false},
                                          {"auto-submitted", false},
                                          {"tls-required", false}}};

constexpr std::size_t kLine = 76;

}  // namespace

std::string folded_tag(std::string_view tag, std::vector<std::string> const& pieces, std::string_view separator) {
  std::string out;
  std::string line = fmt::format(" {}=", tag);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::string const piece = pieces[i] + std::string(i + 1 < pieces.size() ? separator : "");
    if (line.size() + piece.size() > kLine && line.size() > 1) {
      out += line + "\r\n";
      line = " ";
    }
    line += piece;
  }
  return out + line;
}

std::string folded_base64_tag(std::string_view tag, std::string_view bytes) {
  std::string const text = to_base64(bytes);
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size(); at += 8) pieces.push_back(text.substr(at, 8));
  return folded_tag(tag, pieces, "");
}

std::vector<std::string> fields_to_sign(mime::HeaderSection const& header) {
  std::map<std::string, std::size_t, std::less<>> counts;
  for (mime::FieldView const field : header) ++counts[to_lower(field.name)];
  std::vector<std::string> out;
  for (Signed const& one : kFields) {
    auto const found = counts.find(one.name);
    std::size_t const there = found == counts.end() ? 0 : found->second;
    out.insert(out.end(), there + (one.also_absent ? 1 : 0), std::string(one.name));
  }
  return out;
}

Result<std::string> sign_message(MessageReader const& message, Signer const& signer, PrivateKey const& key,
                                 SigningTimes times) {
  if (message.header_too_large()) return fail(Errc::limit, "the header section is too large to be signed");
  DkimSignature signature;
  signature.algorithm = {key.type(), Hash::sha256};
  signature.header_form = Canonicalization::relaxed;
  signature.fields = fields_to_sign(message.header());
  std::string field =
      fmt::format("DKIM-Signature: v=1; a={}; c=relaxed/relaxed;\r\n d={}; s={};\r\n t={}; x={};\r\n",
                  to_string(signature.algorithm), signer.domain, signer.selector, times.time, times.expires);
  field += folded_tag("h", signature.fields, ":") + ";\r\n";
  field += fmt::format(" bh={};\r\n b=", to_base64(message.body(kSignedBody).hash));
  TRY(std::string const bytes, key.sign(header_digest(message.header(), signature, field + "\r\n")));
  field.resize(field.size() - 3);  // " b=" begins the lines of the signature
  return field + folded_base64_tag("b", bytes) + "\r\n";
}

std::string key_record(KeyType type, std::string_view public_bytes) {
  return fmt::format("v=DKIM1; k={}; p={}", type == KeyType::rsa ? "rsa" : "ed25519", to_base64(public_bytes));
}

}  // namespace yubin::policy
