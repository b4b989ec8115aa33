// Finding the reports in a mail, whatever its parts are called: gzip, ZIP, bare, in the body, in a message in the
// message, under any label.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "report/zip.h"

namespace yubin::report {

struct DocumentLimits {
  std::size_t documents = 50;
  std::size_t bytes = 32 * 1024 * 1024;  // of all that is unpacked from one mail, also of what is broken then
  std::size_t depth = 4;                 // archives in archives, and messages that are encoded as a whole
};

struct Document {
  enum class Kind {
    aggregate,  // XML: DMARC (aggregate.h)
    tls,        // JSON: TLS (tls.h)
    failure,    // the fields of a message/feedback-report (failure.h)
  };
  Kind kind;
  std::string bytes;
  std::string original = {};  // of a failure: the header section, or more, of the message that it is about
};

struct Documents {
  std::vector<Document> found;
  std::vector<std::string> problems;  // what looked like a report and could not be opened, in words
};

// Linear in the message and what is unpacked. Content decides; a label only where content says nothing.
Documents find_documents(std::string_view message, DocumentLimits const& limits = {});

}  // namespace yubin::report
