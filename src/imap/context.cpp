#include "imap/context.h"

namespace yubin::imap {

std::optional<Result<std::string>> find_line(Context& context) {
  auto line = context.framer.line();
  if (!line) return std::nullopt;
  if (auto* text = std::get_if<std::string>(&*line)) return std::move(*text);
  if (std::get<Framer::Flaw>(*line) == Framer::Flaw::too_long) context.bye("TOOBIG", "The line is too long.");
  return fail(Errc::syntax, "That is not a line that can be answered");
}

Task<Result<std::string>> next_line(Context& context) {
  for (;;) {
    if (std::optional<Result<std::string>> line = find_line(context)) co_return *std::move(line);
    co_await context.wait(Context::Input{});
  }
}

}  // namespace yubin::imap
