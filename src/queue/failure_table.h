// What other servers say when they do not take a message, as data for failure_class.cpp. The first row that fits
// decides, so what is particular stands before what is general. A row fits if all of it that is not empty does.
#pragma once

#include <array>
#include <string_view>

#include "queue/failure_class.h"

namespace yubin::queue {

struct FailureRow {
  FailureClass failure;
  std::string_view code;    // how the reply code begins
  std::string_view status;  // the end of the enhanced status code (RFC 3463), after its class: "2.2"; "7." any of 7
  std::string_view words;   // any of these is in the text, in lower case; separated by |
};

using enum FailureClass;

inline constexpr auto kFailures = std::to_array<FailureRow>({
    // Said before anything else is looked at, and often with a status that means something else.
    {greylisted, "4", "", "greylist|graylist|grey-list|gray-list|grey list|gray list"},
    {reputation, "", "", "blocked using|blacklist|black list|blocklist|block list|denylist|deny list|dnsbl|spamhaus"},
    {reputation, "", "", "spamcop|barracudacentral|sorbs.net|abuseat.org|uceprotect|psbl.|mailspike|senderscore"},
    {reputation, "", "", "invaluement|spamrats|blocklist.de|hostkarma|backscatterer|cloudmark|rbl.jp|proofpoint.com"},
    {reputation, "", "", "poor reputation|bad reputation|low reputation|very low reputation|reputation of"},
    {reputation, "", "", "(s3140)|(s3150)|[tss09]|listed in|listed on|listed by|is listed|banned sending ip"},
    {reputation, "5", "7.606", ""},  // outlook.com: the sending address is banned
    {too_often, "4", "", "too many connections|too many concurrent|connection limit|rate limit|rate-limit|throttl"},
    {too_often, "4", "", "unusual rate|too many messages|too much mail|sending too fast|too frequent|[tss04]"},
    {too_often, "4", "7.28", ""},
    {auth, "", "", "dmarc|dkim|spf check|spf fail|spf record|spf validation|sender policy framework"},
    {auth, "", "7.20", ""},  // RFC 7372: DKIM, SPF, reverse name, ARC
    {auth, "", "7.21", ""},
    {auth, "", "7.22", ""},
    {auth, "", "7.23", ""},
    {auth, "", "7.24", ""},
    {auth, "", "7.25", ""},
    {auth, "", "7.26", ""},
    {auth, "", "7.27", ""},
    {auth, "", "7.29", ""},
    {auth, "", "7.8", ""},  // RFC 4954: the login at a relay
    {auth, "530", "", ""},
    {auth, "535", "", ""},
    {quota, "", "2.2", ""},
    {quota, "", "", "over quota|overquota|quota exceeded|exceeded quota|exceeds quota|mailbox full|mailbox is full"},
    {quota, "", "", "exceeded storage|out of storage|not enough storage space in|inbox is full"},
    {size, "", "2.3", ""},
    {size, "", "3.4", ""},
    {size, "5", "", "message too large|message too big|size exceeds|exceeds size|maximum message size|size limit"},
    {mailbox, "", "1.1", ""},
    {mailbox, "", "1.2", ""},
    {mailbox, "", "1.3", ""},
    {mailbox, "", "1.6", ""},
    {mailbox, "", "1.10", ""},
    {mailbox, "", "2.1", ""},
    {mailbox, "55", "", "user unknown|unknown user|no such user|no such recipient|does not exist|doesn't exist"},
    {mailbox, "55", "", "invalid recipient|unknown recipient|recipient unknown|no mailbox|mailbox unavailable"},
    {mailbox, "55", "", "recipient not found|user not found|address rejected|no longer|account disabled|not our"},
    {too_often, "421", "", ""},
    {network, "", "4.", ""},
    {policy, "", "7.", ""},
    {policy, "55", "", "spam|policy|content|not accepted|rejected|refused|denied|prohibited|unsolicited|virus"},
});

// Lists, and by which of their words they are known.
struct KnownList {
  std::string_view words;
  std::string_view name;
};
inline constexpr auto kLists = std::to_array<KnownList>({
    {"spamhaus", "Spamhaus"},
    {"spamcop", "SpamCop"},
    {"barracuda", "Barracuda"},
    {"sorbs", "SORBS"},
    {"abuseat", "CBL"},
    {"uceprotect", "UCEPROTECT"},
    {"psbl", "PSBL"},
    {"mailspike", "Mailspike"},
    {"senderscore", "Sender Score"},
    {"invaluement", "Invaluement"},
    {"spamrats", "SpamRATS"},
    {"blocklist.de", "blocklist.de"},
    {"hostkarma", "Hostkarma"},
    {"backscatterer", "Backscatterer"},
    {"cloudmark", "Cloudmark"},
    {"rbl.jp", "RBL.JP"},
    {"proofpoint", "Proofpoint"},
    {"(s3140)|(s3150)|7.606", "Outlook.com"},
    {"[tss0", "Yahoo"},
    {"gmail|google", "Gmail"},
});

// How long to wait after an attempt that failed so, as long as there were no more attempts than that; then as usual.
struct FailureWait {
  FailureClass failure;
  std::chrono::seconds wait;
  std::uint32_t attempts;
};
inline constexpr auto kWaits = std::to_array<FailureWait>({
    // Most greylists want five minutes; some take nobody again before seven.
    {greylisted, std::chrono::minutes(6), 1},
    {greylisted, std::chrono::minutes(10), 4},
    // Somebody must read and throw away.
    {quota, std::chrono::hours(1), 4},
    // A list lets go after hours or days, and each attempt may lengthen it.
    {reputation, std::chrono::minutes(30), 3},
});

}  // namespace yubin::queue
