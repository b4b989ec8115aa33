#include "policy/dkim_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"
#include "policy/header_digest.h"
#include "policy/shown_name.h"

namespace yubin::policy {

namespace {

// RFC 6008 section 4: so much of b= tells signatures apart.
constexpr std::size_t kSignatureStart = 8;

}  // namespace

DkimCheck::DkimCheck(std::shared_ptr<MessageReader const> message, WallTime now)
    : message_(std::move(message)), now_(now) {}

Inquiry<Finding> DkimCheck::run() {
  std::vector<Question> questions;  // one for each signature that can be read
  for (SignatureField const& field : message_->signatures()) {
    if (field.signature) questions.push_back(key_question(field.signature->domain, field.signature->selector));
  }
  std::vector<Answer> const answers = co_await ask(std::move(questions));
  std::size_t next = 0;
  for (SignatureField const& field : message_->signatures())
    outcomes_.push_back(verify(field, field.signature ? answers[next++] : Answer{}));
  co_return finding();
}

// What can be said without the key (RFC 6376 section 6.1.1), and the body's hash, which needs none (section 6.1.3).
std::optional<Trial> DkimCheck::fault_of(DkimSignature const& signature) const {
  auto const now = std::chrono::floor<std::chrono::seconds>(now_).time_since_epoch().count();
  if (message_->header_too_large())
    return Trial{.result = SignatureResult::permerror, .detail = "the header section is too large to be read"};
  if (signature.expires && now > *signature.expires)
    return Trial{.result = SignatureResult::fail, .detail = "the signature has expired (x=)"};
  BodyDigest const& body = message_->body(signature.body);
  if (signature.body.length && *signature.body.length > body.length)
    return Trial{.result = SignatureResult::fail, .detail = "the body is shorter than what was signed (l=)"};
  if (body.hash != signature.body_hash) return Trial{.result = SignatureResult::fail, .detail = "the body was changed"};
  return std::nullopt;
}

DkimOutcome DkimCheck::verify(SignatureField const& field, Answer const& key) const {
  DkimOutcome outcome;
  if (!field.signature) {
    // RFC 8601 section 2.7.1: "neutral" is for signatures that cannot be read, "permerror" for those that cannot be
    // used.
    bool const unreadable = field.signature.error().fault == SignatureFault::syntax;
    outcome.result = unreadable ? SignatureResult::neutral : SignatureResult::permerror;
    outcome.detail = field.signature.error().detail;
    return outcome;
  }
  DkimSignature const& signature = *field.signature;
  outcome.domain = signature.domain;
  outcome.selector = signature.selector;
  outcome.identity = signature.identity;
  outcome.algorithm = to_string(signature.algorithm);
  outcome.signature_start = to_base64(signature.signature).substr(0, kSignatureStart);
  std::optional<Trial> trial = fault_of(signature);
  if (!trial) {
    KeyTrial const with{.domain = signature.domain,
                        .selector = signature.selector,
                        .algorithm = signature.algorithm,
                        .identity = signature.identity,
                        .digest = header_digest(message_->header(), signature, message_->header()[field.place].raw),
                        .signature = signature.signature};
    trial = try_key(with, key);
  }
  outcome.result = trial->result;
  outcome.detail = std::move(trial->detail);
  outcome.key_bits = trial->key_bits;
  outcome.testing = trial->testing;
  // RFC 6376 section 8.2: what stands behind the signed part may have been added by anybody.
  std::uint64_t const length = message_->body(signature.body).length;
  if (outcome.result == SignatureResult::pass && signature.body.length && *signature.body.length < length) {
    outcome.result = SignatureResult::policy;
    outcome.detail =
        fmt::format("{} bytes at the end of the body are not signed (l=)", length - *signature.body.length);
  }
  return outcome;
}

Finding DkimCheck::finding() const {
  Finding finding{.check = "dkim", .result = "none", .summary = "nobody has signed this message", .evidence = {}};
  if (!outcomes_.empty()) {
    auto passed = [](DkimOutcome const& one) { return one.result == SignatureResult::pass; };
    auto const good = std::ranges::find_if(outcomes_, passed);
    DkimOutcome const& best = good == outcomes_.end() ? outcomes_.front() : *good;
    finding.result = to_string(best.result);
    finding.summary = good != outcomes_.end() ? fmt::format("{} has signed this message", shown_name(best.domain))
                      : best.domain.empty()
                          ? "the signature cannot be used: " + best.detail
                          : fmt::format("the signature of {} is not good: {}", shown_name(best.domain), best.detail);
  }
  for (DkimOutcome const& one : outcomes_) {
    std::string text = fmt::format("{}", to_string(one.result));
    if (!one.domain.empty())
      text += fmt::format(" d={} s={} i={} a={}", one.domain, one.selector, one.identity, one.algorithm);
    if (one.key_bits != 0) text += fmt::format(", key of {} bits", one.key_bits);
    if (one.testing) text += ", the signer is testing (t=y)";
    if (!one.detail.empty()) text += ": " + one.detail;
    finding.evidence.push_back({"signature", std::move(text)});
  }
  if (message_->signatures_left_out() > 0)
    finding.evidence.push_back({"not looked at", std::to_string(message_->signatures_left_out()) + " more signatures"});
  return finding;
}

}  // namespace yubin::policy
