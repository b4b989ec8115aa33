#include "policy/signature_key.h"

#include <algorithm>

#include "base/text.h"
#include "policy/shown_name.h"

namespace yubin::policy {

namespace {

// Several records at one name mean nothing by the RFC; a rollover leaves two for a while.
constexpr std::size_t kMaxRecords = 4;

Trial refused(std::string detail) {
  return {.result = SignatureResult::permerror, .detail = std::move(detail)};
}

bool is_exact(KeyTrial const& trial) {
  std::size_t const at = trial.identity.rfind('@');
  return at == std::string::npos || iequals(trial.identity.substr(at + 1), trial.domain);
}

// Section 6.1.2, steps 4 to 8, then 6.1.3.
Trial try_record(KeyTrial const& trial, std::string const& record) {
  Result<DkimKey> const key = parse_dkim_key(record);
  if (!key) return refused("the key's record cannot be used: " + key.error().detail);
  if (key->bytes.empty()) return refused("the key was revoked");
  if (!key->for_mail) return refused("the key is not for mail (s=)");
  if (key->type != trial.algorithm.key) return refused("the key is not for " + to_string(trial.algorithm));
  std::string const hash = trial.algorithm.hash == Hash::sha1 ? "sha1" : "sha256";
  if (key->hashes && std::ranges::find(*key->hashes, hash) == key->hashes->end())
    return refused("the key does not permit " + hash + " (h=)");
  if (key->exact_domain && !is_exact(trial)) return refused("the key does not permit i= below its domain (t=s)");
  Result<PublicKey> const parsed = PublicKey::parse(key->type, key->bytes);
  if (!parsed) return refused(parsed.error().detail);
  Trial out{.result = SignatureResult::pass, .detail = {}, .key_bits = parsed->bits(), .testing = key->testing};
  if (!parsed->verify(trial.algorithm.hash, trial.digest, trial.signature)) {
    out.result = SignatureResult::fail;
    out.detail = "the signature does not fit the header fields and the key";
  }
  return out;
}

}  // namespace

std::string_view to_string(SignatureResult result) {
  switch (result) {
    case SignatureResult::none:
      return "none";
    case SignatureResult::pass:
      return "pass";
    case SignatureResult::fail:
      return "fail";
    case SignatureResult::policy:
      return "policy";
    case SignatureResult::neutral:
      return "neutral";
    case SignatureResult::temperror:
      return "temperror";
    case SignatureResult::permerror:
      return "permerror";
  }
  return "unknown";
}

Question key_question(std::string const& domain, std::string const& selector) {
  return {selector + "._domainkey." + domain, RecordType::txt};
}

Trial try_key(KeyTrial const& trial, Answer const& answer) {
  // RFC 8301 section 3.1
  if (trial.algorithm.hash == Hash::sha1) return refused("rsa-sha1 is no signature any more");
  std::string const name = shown_name(key_question(trial.domain, trial.selector).name());
  if (!answer.known()) {
    return {.result = SignatureResult::temperror,
            .detail = "the key at " + name + ": " + std::string(to_string(answer.existence))};
  }
  std::vector<Txt> const records = records_of<Txt>(answer);
  if (records.empty()) return refused("there is no key at " + name);
  Trial last = try_record(trial, records.front().text);
  for (std::size_t i = 1; i < std::min(records.size(), kMaxRecords) && last.result != SignatureResult::pass; ++i) {
    Trial next = try_record(trial, records[i].text);
    if (next.result != SignatureResult::permerror) last = std::move(next);
  }
  return last;
}

}  // namespace yubin::policy
