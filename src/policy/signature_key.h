// A signer's key, and trying it on a signature: what DKIM and ARC have in common.
#pragma once

#include <string>
#include <string_view>

#include "policy/dkim_key.h"
#include "policy/dkim_signature.h"
#include "policy/lookup.h"

namespace yubin::policy {

// In the words of RFC 8601 section 2.7.1.
enum class SignatureResult { none, pass, fail, policy, neutral, temperror, permerror };
std::string_view to_string(SignatureResult result);

struct KeyTrial {
  std::string domain;    // d=
  std::string selector;  // s=
  SigningAlgorithm algorithm;
  std::string identity;  // i=, empty if there is none
  std::string digest;    // of what was signed
  std::string signature;
};

struct Trial {
  SignatureResult result = SignatureResult::permerror;
  std::string detail;  // in words, unless it passed
  int key_bits = 0;
  bool testing = false;  // the key says t=y
};

Question key_question(std::string const& domain, std::string const& selector);
// RFC 6376 sections 6.1.2 and 6.1.3; `answer` is that to the question.
Trial try_key(KeyTrial const& trial, Answer const& answer);

}  // namespace yubin::policy
