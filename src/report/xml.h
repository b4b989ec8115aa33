// A walk through an XML document by libexpat, with everything that can grow bounded, and without what documents may
// pull in: one that declares a document type, where entities are made, is refused.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin::report {

struct XmlLimits {
  std::size_t depth = 32;
  std::size_t elements = 4'000'000;
  std::size_t text = 64 * 1024;  // bytes of text in one element; what is beyond is passed over
};

// Names come without their namespace's prefix. An Error ends the walk and is its result.
class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual Result<> begin(std::string_view name) = 0;
  // `text` is what stood in the element itself, in UTF-8.
  virtual Result<> end(std::string_view name, std::string text) = 0;
};

// UTF-16 and UTF-8 with or without a mark, and what else the document says it is in; where it lies, the bytes decide.
// White space before it and anything behind its root are passed over. Errors: syntax, limit, and those of the handler.
Result<> read_xml(std::string_view document, XmlLimits const& limits, XmlHandler& handler);

// For the content of an element or attribute: & < > " and ' as references, controls that XML 1.0 has no way to say left
// out (section 2.2).
std::string xml_text(std::string_view text);

}  // namespace yubin::report
