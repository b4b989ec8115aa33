#include "imap/part_bytes.h"

#include <algorithm>
#include <array>

#include "mime/transfer.h"

namespace yubin::imap {

namespace {

constexpr std::size_t kRead = 32 * 1024;  // stored bytes at a time

}  // namespace

bool is_known_encoding(mime::Part const& part) {
  constexpr std::array<std::string_view, 5> kKnown = {"7bit", "8bit", "binary", "base64", "quoted-printable"};
  return std::ranges::find(kKnown, part.encoding) != kKnown.end();
}

Task<Result<>> read_decoded(Context& context, store::Card const& card, mime::Part const& part,
                            std::function<void(std::string_view)> take) {
  mime::TransferDecoder decoder(mime::transfer_encoding(part.encoding));
  std::uint64_t offset = card.prefix.size() + part.body_begin;
  std::uint64_t left = part.size();
  std::string decoded;
  while (left > 0) {
    auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, kRead));
    Result<std::string> bytes = context.services.store.read(card, offset, wanted);
    if (!bytes) co_return std::unexpected(bytes.error());
    if (bytes->size() != wanted) co_return fail(Errc::corrupt, "a message is shorter than its summary says");
    offset += wanted;
    left -= wanted;
    decoded.clear();
    decoder.decode(*bytes, decoded);
    if (left == 0) decoder.finish(decoded);
    take(decoded);
    co_await context.pause();
  }
  co_return Result<>();
}

}  // namespace yubin::imap
