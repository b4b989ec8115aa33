// What reports of ours to other domains have in common, on TLS and on DMARC: the message, and its way into the queue.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/unique_id.h"
#include "deliver/local.h"
#include "directory/directory.h"
#include "dns/resolver.h"
#include "journal/journal.h"
#include "kv/committer.h"
#include "kv/key_value.h"
#include "mime/address.h"
#include "store/store.h"

namespace yubin::deliver {

// A report as a message with one gzip'd file (RFC 8460 section 5.3, RFC 9990 section 3.5.2).
struct ReportMessage {
  std::string from;        // an address
  std::string submitter;   // whose server this is: a host name
  std::string domain;      // that it is about
  std::string id;          // report_id()
  std::int64_t begin = 0;  // seconds since 1970
  std::int64_t end = 0;
  std::int64_t now = 0;
  std::string type;         // of the message, "multipart/mixed"
  std::string more_fields;  // whole lines
  std::string words;        // for people, whole lines
  std::string file_type;    // "application/gzip"
  std::string extension;    // "xml.gz"
  std::string bytes;        // of the file, compressed
};
std::string make_report_message(ReportMessage const& message, mime::Address const& to);

// From what the report says, written without an id: the same whenever and to whomever it is sent, so that who gets it
// again, after an error or a crash, knows it. `kind` of report.
std::string report_id(std::string_view kind, std::string_view host_name, std::string_view content);

// What the server reads mail to a local-part for, in lower case; none: nothing.
using PurposeOf = std::function<std::optional<std::string_view>(std::string_view local_part)>;

// What both kinds of reports are made with. All outlive who has it.
struct OwnReportServices {
  kv::KeyValue const& key_value;
  kv::Committer& committer;
  dns::Resolver& resolver;
  store::Store& store;
  LocalDelivery& local;
  journal::Journal& journal;
  UniqueIds& ids;
  Clock const& clock;
  std::string host_name;
  std::string organization;  // a domain
  std::string contact;       // whom readers of reports may write to; the reverse-path
  directory::Directory const& directory;
  PurposeOf purpose_of;
};

class ReportSender {
 public:
  // All outlive this.
  struct Services {
    store::Store& store;
    LocalDelivery& local;
    directory::Directory const& directory;
    std::string host_name;
    std::string contact;   // the reverse-path; empty: the null one
    PurposeOf purpose_of;  // may be empty
  };
  explicit ReportSender(Services services) : services_(std::move(services)) {}
  explicit ReportSender(OwnReportServices const& all)
      : ReportSender({all.store, all.local, all.directory, all.host_name, all.contact, all.purpose_of}) {}

  // Into the queue, or where the address leads here, which may be nowhere; durable when it returns; blocks. `service`
  // is by what the message is known in the queue.
  Result<> send(std::string const& text, mime::Address const& to, journal::EntryId id, std::string_view service) const;

 private:
  Result<> add_recipients(LocalMessage& message, mime::Address const& to) const;

  Services const services_;
};

// The first key of the range of Table::queue that can be read, logging as `damaged` those that cannot; none: there is
// no such key.
template <class Key>
Result<std::optional<Key>> find_first_key(kv::KeyValue const& rows, kv::Range range, LogEvent const& damaged) {
  for (;;) {
    TRY(kv::Page const page, rows.scan(kv::Table::queue, range, kv::Limit{.rows = 1}));
    if (page.rows.empty()) return std::nullopt;
    std::string const& key = page.rows.front().key;
    Result<Key> decoded = Key::decode(key);
    if (decoded) return *std::move(decoded);
    log(damaged, {{"key", to_hex(key)}, {"detail", decoded.error().detail}});
    range.from = key + '\0';
  }
}

// Blocks until the DNS has answered; for upkeep.
dns::Answer ask_txt(dns::Resolver& resolver, std::string name);

}  // namespace yubin::deliver
