#include "smtp/path.h"

#include "smtp/grammar.h"

namespace yubin::smtp {

namespace {

Result<> nothing_follows(Cursor const& in) {
  if (!in.at_end()) return fail(Errc::syntax, "something follows the path");
  return {};
}

}  // namespace

Result<ReversePath> ReversePath::parse(std::string_view text) {
  Cursor in(text);
  TRY(ReversePath path, reverse_path(in));
  TRY_VOID(nothing_follows(in));
  return path;
}

std::string ReversePath::text() const {
  return address_ ? "<" + address_->text() + ">" : "<>";
}

Result<ForwardPath> ForwardPath::parse(std::string_view text) {
  Cursor in(text);
  TRY(ForwardPath path, forward_path(in));
  TRY_VOID(nothing_follows(in));
  return path;
}

std::string ForwardPath::text() const {
  return address_ ? "<" + address_->text() + ">" : "<postmaster>";
}

}  // namespace yubin::smtp
