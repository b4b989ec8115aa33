#include "policy/body_digests.h"

#include <algorithm>

namespace yubin::policy {

namespace {

// So much is canonicalized before it is hashed: it stays in the processor's cache.
constexpr std::size_t kPiece = 16 * 1024;

}  // namespace

void BodyDigests::want(BodyRecipe const& recipe) {
  if (!done_.try_emplace(recipe).second) return;
  auto const [place, added] = forms_.try_emplace(recipe.form, Form{BodyCanonicalizer(recipe.form)});
  place->second.digests.push_back({recipe, Digest(recipe.hash)});
}

void BodyDigests::take(Form& form, std::string_view canonical) {
  for (Counted& one : form.digests) {
    std::uint64_t const most = one.recipe.length.value_or(~std::uint64_t{0});
    if (form.length >= most) continue;
    one.digest.update(canonical.substr(0, std::min<std::uint64_t>(canonical.size(), most - form.length)));
  }
  form.length += canonical.size();
}

void BodyDigests::feed(std::string_view piece) {
  for (; !piece.empty() && !forms_.empty(); piece.remove_prefix(std::min(kPiece, piece.size()))) {
    for (auto& [name, form] : forms_) {
      buffer_.clear();
      form.canonicalizer.feed(piece.substr(0, kPiece), buffer_);
      take(form, buffer_);
    }
  }
}

void BodyDigests::finish() {
  for (auto& [name, form] : forms_) {
    buffer_.clear();
    form.canonicalizer.finish(buffer_);
    take(form, buffer_);
    for (Counted& one : form.digests) done_[one.recipe] = {one.digest.finish(), form.length};
  }
  forms_.clear();
}

}  // namespace yubin::policy
