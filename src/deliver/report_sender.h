// What reports of ours to other domains have in common, on TLS and on DMARC: the message, and its way into the queue.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "deliver/local.h"
#include "dns/resolver.h"
#include "journal/journal.h"
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

class ReportSender {
 public:
  // All outlive this.
  struct Services {
    store::Store& store;
    LocalDelivery& local;
    std::string host_name;
    std::string contact;  // the reverse-path
  };
  explicit ReportSender(Services services) : services_(std::move(services)) {}

  // Into the queue, durable when it returns; blocks. `service` is by what the message is known there.
  Result<> send(std::string const& text, mime::Address const& to, journal::EntryId id, std::string_view service) const;

 private:
  Services const services_;
};

// Blocks until the DNS has answered; for upkeep.
dns::Answer ask_txt(dns::Resolver& resolver, std::string name);

}  // namespace yubin::deliver
