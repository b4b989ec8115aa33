#include "policy/body_digests.h"

#include <algorithm>

namespace yubin::policy {

void BodyDigests::want(BodyRecipe const& recipe) {
  if (!done_.try_emplace(recipe).second) return;
  Form& form = forms_[recipe.form];
  if (!form.canonicalizer) {
    auto take = [&form](std::string_view canonical) { form.take(canonical); };
    form.canonicalizer = std::make_unique<BodyCanonicalizer>(recipe.form, take);
  }
  form.digests.push_back({recipe, Digest(recipe.hash)});
}

void BodyDigests::Form::take(std::string_view canonical) {
  for (Counted& one : digests) {
    std::uint64_t const most = one.recipe.length.value_or(~std::uint64_t{0});
    if (length >= most) continue;
    one.digest.update(canonical.substr(0, std::min<std::uint64_t>(canonical.size(), most - length)));
  }
  length += canonical.size();
}

void BodyDigests::feed(std::string_view piece) {
  for (auto& [name, form] : forms_) form.canonicalizer->feed(piece);
}

void BodyDigests::finish() {
  for (auto& [name, form] : forms_) {
    form.canonicalizer->finish();
    for (Counted& one : form.digests) done_[one.recipe] = {one.digest.finish(), form.length};
  }
  forms_.clear();
}

}  // namespace yubin::policy
