// The arguments of FETCH (RFC 9051 section 6.4.5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "imap/grammar.h"

namespace yubin::imap {

// Which bytes of a message.
struct Section {
  enum class Text { everything, header, header_fields, header_fields_not, text, mime };
  std::vector<std::uint32_t> part;  // {1, 2} for "1.2"; empty: the message
  Text text = Text::everything;
  std::vector<std::string> fields;  // of header_fields and header_fields_not
  friend bool operator==(Section const&, Section const&) = default;
};

// `<first.length>`: a piece of the section.
struct Partial {
  std::uint64_t first;
  std::uint64_t length;
  friend bool operator==(Partial const&, Partial const&) = default;
};

enum class Marks { seen, nothing };  // what reading does to \Seen

// A `BODY[…]`, an RFC822 that means the same, a `BINARY[…]` or a `BINARY.SIZE[…]`.
struct BodyItem {
  enum class Form { raw, decoded, size };
  std::string label;  // as the response names it
  Section section;
  std::optional<Partial> partial;
  Marks marks = Marks::seen;
  Form form = Form::raw;
  friend bool operator==(BodyItem const&, BodyItem const&) = default;
};

struct FetchItems {
  bool uid = false;
  bool flags = false;
  bool internal_date = false;
  bool size = false;
  bool mod_seq = false;    // RFC 7162 section 3.1.5
  bool email_id = false;   // RFC 8474 section 5.1
  bool thread_id = false;  // RFC 8474 section 5.2
  bool save_date = false;  // RFC 8514 section 4.2
  bool preview = false;    // RFC 8970
  bool envelope = false;
  bool body = false;
  bool body_structure = false;
  std::vector<BodyItem> bodies;

  bool need_states() const { return flags || internal_date || size || mod_seq || email_id || thread_id || save_date; }
  bool need_cards() const { return envelope || body || body_structure || preview || !bodies.empty(); }
  bool need_bytes() const;    // of the body
  bool need_summary() const;  // of the card; whole messages are read without it
  bool marks_seen() const;
  friend bool operator==(FetchItems const&, FetchItems const&) = default;
};

struct FetchArguments {
  SequenceSet set;
  FetchItems items;
  std::optional<store::ModSeq> changed_since;  // RFC 7162 section 3.1.4.1
  bool vanished = false;                       // RFC 7162 section 3.2.6
  std::optional<Window> window;                // RFC 9394 section 3.3
};
Result<FetchArguments> fetch_arguments(Cursor& cursor);

}  // namespace yubin::imap
