// The body of a message, hashed in one pass in all the ways that its signatures ask for.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/canonical.h"
#include "policy/digest.h"
#include "policy/dkim_signature.h"

namespace yubin::policy {

struct BodyDigest {
  std::string hash;
  std::uint64_t length = 0;  // of the canonical body, all of it
};

class BodyDigests {
 public:
  // Before the first feed(). The same recipe twice costs once.
  void want(BodyRecipe const& recipe);
  void feed(std::string_view piece);
  void finish();
  // After finish(), of what was wanted.
  BodyDigest const& get(BodyRecipe const& recipe) const { return done_.at(recipe); }

 private:
  struct Counted {
    BodyRecipe recipe;
    Digest digest;
  };
  struct Form {
    std::vector<Counted> digests{};
    std::uint64_t length = 0;
    std::unique_ptr<BodyCanonicalizer> canonicalizer{};

    void take(std::string_view canonical);
  };

  std::map<Canonicalization, Form> forms_;  // its nodes stay where they are: each canonicalizer feeds its own
  std::map<BodyRecipe, BodyDigest> done_;
};

}  // namespace yubin::policy
