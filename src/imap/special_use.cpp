#include "imap/special_use.h"

#include "imap/grammar.h"

namespace yubin::imap {

namespace {

struct Use {
  store::SpecialUse use;
  std::string_view name;
};
constexpr Use kUses[] = {
    {store::SpecialUse::all, "\\All"},       {store::SpecialUse::archive, "\\Archive"},
    {store::SpecialUse::drafts, "\\Drafts"}, {store::SpecialUse::flagged, "\\Flagged"},
    {store::SpecialUse::junk, "\\Junk"},     {store::SpecialUse::sent, "\\Sent"},
    {store::SpecialUse::trash, "\\Trash"},
};

}  // namespace

std::string_view use_name(store::SpecialUse use) {
  for (Use const& known : kUses) {
    if (known.use == use) return known.name;
  }
  return {};
}

Result<store::SpecialUse> use_attribute(Cursor& cursor) {
  TRY_VOID(expect(cursor, "\\", "The \\ of the use"));
  TRY(std::string name, atom(cursor));
  for (Use const& known : kUses) {
    if (iequals(known.name.substr(1), name)) return known.use;
  }
  return fail(Errc::not_found, "There is no such use");
}

}  // namespace yubin::imap
