#include "policy/arc_check.h"

#include <fmt/format.h>

#include "policy/header_digest.h"
#include "policy/shown_name.h"

namespace yubin::policy {

namespace {

Trial changed(std::string detail) {
  return {.result = SignatureResult::fail, .detail = std::move(detail)};
}

}  // namespace

Inquiry<Finding> ArcCheck::run() {
  auto const& sets = message_->arc_sets();
  if (message_->header_too_large()) {
    outcome_ = {.status = ChainStatus::fail, .detail = "the header section is too large to be read", .domains = {}};
  } else if (!sets) {
    outcome_ = {.status = ChainStatus::fail, .detail = sets.error().detail, .domains = {}};
  } else if (!sets->empty()) {
    for (ArcSet const& set : *sets) outcome_.domains.push_back(set.seal.domain);
    bool const good = co_await verify_chain();
    outcome_.status = good ? ChainStatus::pass : ChainStatus::fail;
  }
  co_return finding();
}

// RFC 8617 section 5.2, steps 2 and 3.
bool ArcCheck::statuses_fit() {
  std::vector<ArcSet> const& sets = *message_->arc_sets();
  if (sets.back().seal.status == ChainStatus::fail) {
    outcome_.detail = fmt::format("{} has already found it broken (cv=fail)", shown_name(sets.back().seal.domain));
    return false;
  }
  for (std::size_t i = 0; i < sets.size(); ++i) {
    ChainStatus const wanted = i == 0 ? ChainStatus::none : ChainStatus::pass;
    if (sets[i].seal.status == wanted) continue;
    outcome_.detail = fmt::format("the seal i={} says cv={}", i + 1, to_string(sets[i].seal.status));
    return false;
  }
  return true;
}

// Steps 4 to 6. The message signatures of the others may fail, since a list changes what it passes on.
Inquiry<bool> ArcCheck::verify_chain() {
  if (!statuses_fit()) co_return false;
  std::vector<ArcSet> const& sets = *message_->arc_sets();
  std::vector<Question> questions;
  questions.reserve(sets.size() + 1);
  for (ArcSet const& set : sets) questions.push_back(key_question(set.seal.domain, set.seal.selector));
  questions.push_back(key_question(sets.back().message.domain, sets.back().message.selector));
  std::vector<Answer> const keys = co_await ask(std::move(questions));
  std::size_t const last = sets.size() - 1;
  if (broken(last, "message signature", verify_message(sets[last], keys.back()))) co_return false;
  for (std::size_t i = sets.size(); i-- > 0;) {
    if (broken(i, "seal", verify_seal(i, keys[i]))) co_return false;
  }
  co_return true;
}

bool ArcCheck::broken(std::size_t index, std::string_view what, Trial const& trial) {
  if (trial.result == SignatureResult::pass) return false;
  outcome_.temporary = trial.result == SignatureResult::temperror;
  outcome_.detail = fmt::format("the {} i={}: {}", what, index + 1, trial.detail);
  return true;
}

Trial ArcCheck::verify_message(ArcSet const& set, Answer const& key) const {
  BodyDigest const& body = message_->body(set.message.body);
  // What stands behind l= may be anybody's, as in DKIM.
  if (set.message.body.length && *set.message.body.length != body.length)
    return changed("it covers another length of the body (l=)");
  if (body.hash != set.message.body_hash) return changed("the body was changed");
  KeyTrial const trial{
      .domain = set.message.domain,
      .selector = set.message.selector,
      .algorithm = set.message.algorithm,
      .identity = {},
      .digest = header_digest(message_->header(), set.message, message_->header()[set.message_place].raw),
      .signature = set.message.signature};
  return try_key(trial, key);
}

// Section 5.1.1: all sets up to this one, each as results, message signature, seal; in the relaxed form.
std::string ArcCheck::seal_digest(std::size_t index) const {
  std::vector<ArcSet> const& sets = *message_->arc_sets();
  mime::HeaderSection const& header = message_->header();
  Digest digest(sets[index].seal.algorithm.hash);
  for (std::size_t i = 0; i <= index; ++i) {
    digest.update(canonical_field(Canonicalization::relaxed, header[sets[i].results_place].raw));
    digest.update(canonical_field(Canonicalization::relaxed, header[sets[i].message_place].raw));
    std::string_view const seal = header[sets[i].seal_place].raw;
    if (i < index) digest.update(canonical_field(Canonicalization::relaxed, seal));
    if (i < index) continue;
    std::string const last = canonical_field(Canonicalization::relaxed, without_signature(seal));
    digest.update(std::string_view(last).substr(0, last.size() - 2));
  }
  return digest.finish();
}

Trial ArcCheck::verify_seal(std::size_t index, Answer const& key) const {
  ArcSeal const& seal = (*message_->arc_sets())[index].seal;
  KeyTrial const trial{.domain = seal.domain,
                       .selector = seal.selector,
                       .algorithm = seal.algorithm,
                       .identity = {},
                       .digest = seal_digest(index),
                       .signature = seal.signature};
  return try_key(trial, key);
}

Finding ArcCheck::finding() const {
  Finding finding{.check = "arc", .result = std::string(to_string(outcome_.status)), .summary = {}, .evidence = {}};
  switch (outcome_.status) {
    case ChainStatus::none:
      finding.summary = "nobody on the way has sealed this message";
      break;
    case ChainStatus::pass:
      finding.summary = fmt::format("{} sealed what they saw, the last {}", outcome_.domains.size(),
                                    shown_name(outcome_.domains.back()));
      break;
    case ChainStatus::fail:
      finding.summary = "the chain of seals is broken: " + outcome_.detail;
      break;
  }
  for (std::size_t i = 0; i < outcome_.domains.size(); ++i)
    finding.evidence.push_back({fmt::format("seal i={}", i + 1), outcome_.domains[i]});
  return finding;
}

}  // namespace yubin::policy
