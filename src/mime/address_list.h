// Address lists of header fields: From, To, Cc and such (RFC 5322 section 3.4), as strict as real mail permits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mime/address.h"

namespace yubin::mime {

// One entry as ENVELOPE shows it (RFC 9051 section 7.5.2). Bytes as sent: encoded-words are not decoded, 8-bit and raw
// ISO-2022-JP stay.
struct ListedAddress {
  enum class Kind : std::uint8_t { mailbox, group_begin, group_end };

  Kind kind = Kind::mailbox;
  std::string name = {};        // display name or, if there is none, the comment; of group_begin the group's name
  std::string route = {};       // obsolete source route, "@a,@b"
  std::string local_part = {};  // without quotes and quoting backslashes
  std::string domain = {};      // an address literal with its brackets; empty if the address has none

  friend bool operator==(ListedAddress const&, ListedAddress const&) = default;
};

using AddressList = std::vector<ListedAddress>;

struct ParsedAddressList {
  AddressList addresses;
  bool complete = true;  // false: there were more than the limit
};

// `value` is unfolded. Never fails; linear. Every group_begin has its group_end, groups do not nest.
// Beyond RFC 5322 (with section 4.4) it takes: any text as local-part and domain, so that "a..b@docomo.ne.jp" stays
// what it is; a display name with @, dots and quotes that do not end; addresses after each other without a comma (each
// counts, so that a second author is never hidden); a missing ">"; a semicolon for a comma; "<mailto:...>".
ParsedAddressList parse_address_list(std::string_view value, std::size_t max_addresses = 1000);

// The address of a mailbox entry; an Error if it is none that mail can be sent to.
Result<Address> to_address(ListedAddress const& listed);

}  // namespace yubin::mime
