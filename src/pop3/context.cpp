#include "pop3/context.h"

namespace yubin::pop3 {

Task<Result<std::string>> next_line(Context& context) {
  for (;;) {
    std::optional<Framer::Line> line = context.framer.next();
    if (!line) {
      co_await context.wait(Context::Input{});
      continue;
    }
    if (auto* text = std::get_if<std::string>(&*line)) co_return std::move(*text);
    if (std::get<Framer::Flaw>(*line) == Framer::Flaw::too_long) context.closing = true;
    co_return fail(Errc::syntax, "That is not a line that can be answered.");
  }
}

}  // namespace yubin::pop3
