#include "mime/structure.h"

#include <algorithm>

#include "mime/header.h"
#include "mime/text_budget.h"

namespace yubin::mime {

namespace {

// The part that number `n` means among the parts of the message whose tree begins at `root`.
Part const* numbered(Part const& root, std::uint32_t n) {
  if (root.kind != Part::Kind::multipart) return n == 1 ? &root : nullptr;
  return n >= 1 && n <= root.children.size() ? &root.children[n - 1] : nullptr;
}

class EnvelopeReader {
 public:
  EnvelopeReader(HeaderSection const& header, EnvelopeLimits& limits, bool& complete)
      : header_(header),
        limits_(limits),
        complete_(complete),
        budget_(limits.text_bytes, limits.value_bytes, complete) {}

  std::optional<std::string> text(std::string_view name);
  AddressList addresses(std::string_view name);

 private:
  bool keep(ListedAddress& address);

  HeaderSection const& header_;
  EnvelopeLimits const& limits_;
  bool& complete_;
  TextBudget budget_;
};

std::optional<std::string> EnvelopeReader::text(std::string_view name) {
  auto field = header_.find_first(name);
  if (!field) return std::nullopt;
  std::string value = field->value();
  if (!budget_.keep(value)) return std::nullopt;
  return value;
}

AddressList EnvelopeReader::addresses(std::string_view name) {
  AddressList out;
  bool in_group = false;
  for (FieldView field : header_.find_all(name)) {
    ParsedAddressList parsed =
        parse_address_list(field.value(), limits_.addresses - std::min(out.size(), limits_.addresses));
    complete_ = complete_ && parsed.complete;
    for (ListedAddress& address : parsed.addresses) {
      if (out.size() >= limits_.addresses || !keep(address)) {
        complete_ = false;
        if (in_group) out.push_back({.kind = ListedAddress::Kind::group_end});
        return out;
      }
      if (address.kind != ListedAddress::Kind::mailbox) in_group = address.kind == ListedAddress::Kind::group_begin;
      out.push_back(std::move(address));
    }
  }
  return out;
}

bool EnvelopeReader::keep(ListedAddress& address) {
  // The local-part is paid for even if it is empty: nothing comes for free in any number.
  return budget_.keep(address.local_part) && (address.domain.empty() || budget_.keep(address.domain)) &&
         (address.name.empty() || budget_.keep(address.name)) && (address.route.empty() || budget_.keep(address.route));
}

}  // namespace

Part const* find_part(Part const& root, std::span<std::uint32_t const> number) {
  if (number.empty()) return nullptr;
  Part const* part = numbered(root, number.front());
  for (std::uint32_t n : number.subspan(1)) {
    if (part == nullptr || part->kind == Part::Kind::leaf) return nullptr;
    part = numbered(part->kind == Part::Kind::message ? part->children.front() : *part, n);
  }
  return part;
}

Envelope parse_envelope(HeaderSection const& header, EnvelopeLimits& limits, bool& complete) {
  EnvelopeReader reader(header, limits, complete);
  complete = complete && header.complete();
  Envelope out;
  // In the order of use: what a limit cuts is the least important.
  out.from = reader.addresses("From");
  out.sender = reader.addresses("Sender");
  out.reply_to = reader.addresses("Reply-To");
  out.date = reader.text("Date");
  out.subject = reader.text("Subject");
  out.message_id = reader.text("Message-ID");
  out.in_reply_to = reader.text("In-Reply-To");
  out.to = reader.addresses("To");
  out.cc = reader.addresses("Cc");
  out.bcc = reader.addresses("Bcc");
  return out;
}

}  // namespace yubin::mime
