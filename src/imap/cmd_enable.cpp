// ENABLE (RFC 9051 section 6.3.1): tells which of the named extensions it has switched on; what is on already, is not
// known or needs no switch is passed over.
#include "imap/commands.h"
#include "imap/grammar.h"
#include "imap/modseq.h"

namespace yubin::imap {

namespace {

// enable = "ENABLE" 1*(SP capability)
Result<std::vector<std::string>> enable_arguments(Cursor& cursor) {
  std::vector<std::string> names;
  do {
    TRY_VOID(space(cursor));
    TRY(std::string name, atom(cursor));
    names.push_back(std::move(name));
  } while (!cursor.at_end());
  return names;
}

void enable_qresync(Context& context) {
  context.enabled.qresync = true;
  enable_condstore(context);  // RFC 7162 section 3.2.3
}

struct Extension {
  std::string_view name;
  bool (*is_on)(Enabled const&);
  void (*switch_on)(Context&);
};
constexpr Extension kExtensions[] = {
    {"CONDSTORE", [](Enabled const& e) { return e.condstore; }, enable_condstore},
    {"QRESYNC", [](Enabled const& e) { return e.qresync; }, enable_qresync},
    {"UTF8=ACCEPT", [](Enabled const& e) { return e.utf8; }, [](Context& c) { c.enabled.utf8 = true; }},
    {"IMAP4rev2", [](Enabled const& e) { return e.rev2; }, [](Context& c) { c.enabled.rev2 = true; }},
};

}  // namespace

Task<Reply> cmd_enable(Context& context, Cursor cursor) {
  Result<std::vector<std::string>> names = enable_arguments(cursor);
  if (!names) co_return bad_syntax(names.error());
  std::string enabled;
  for (std::string const& name : *names) {
    for (Extension const& extension : kExtensions) {
      if (!iequals(extension.name, name) || extension.is_on(context.enabled)) continue;
      extension.switch_on(context);
      enabled += ' ';
      enabled += extension.name;
    }
  }
  context.out += "* ENABLED" + enabled + "\r\n";
  co_return ok("ENABLE completed.");
}

}  // namespace yubin::imap
