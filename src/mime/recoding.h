// A message for a channel that takes less than it has: only 7-bit bytes (RFC 6152 section 3), and lines of at most 998
// (RFC 5322 section 2.1.1). Parts that need it get another Content-Transfer-Encoding; what they hold stays the same,
// and nothing is ever cut.
//
//   MessageParser -> root; Planner(root, …) is fed the same bytes -> Recoding; Recoder is fed them again -> the message
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "mime/structure.h"
#include "mime/transfer.h"

namespace yubin::mime {

inline constexpr std::size_t kLongestLine = 998;  // bytes without CR LF

// What stands in bytes that come in pieces of any size.
class LineScan {
 public:
  void feed(std::string_view bytes);
  bool eight_bit() const { return eight_bit_ > 0; }
  bool too_long() const { return too_long_; }
  std::uint64_t eight_bit_bytes() const { return eight_bit_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t bytes_ = 0;
  std::uint64_t eight_bit_ = 0;
  std::size_t line_ = 0;
  bool after_cr_ = false;
  bool too_long_ = false;
};

struct Recoding {
  struct Piece {
    enum class Kind { text, base64, quoted_printable };
    std::uint64_t begin = 0;  // of the message's bytes
    std::uint64_t end = 0;
    Kind kind = Kind::text;
    std::string text{};                                     // of kind text: what stands there instead
    TransferEncoding decoded = TransferEncoding::identity;  // of the others: what the bytes are freed from first
  };
  std::vector<Piece> pieces;  // in their order; they do not overlap
};

class Planner {
 public:
  enum class Channel { seven_bit, eight_bit };  // both have lines that end

  // `root` outlives it.
  Planner(Part const& root, Channel channel);
  void feed(std::string_view bytes);  // the whole message, in pieces of any size
  // Errors: denied, something would have to be changed that must not be (a signed part), or that nobody knows how to.
  Result<Recoding> finish() &&;

 private:
  // A header section or the body of a leaf; those of a message do not overlap.
  struct Segment {
    std::uint64_t begin;
    std::uint64_t end;
    std::size_t part;  // index in parts_
    bool header;
  };
  struct Found {
    Part const* part;
    bool is_root;     // of the message itself, or of one in it
    bool is_sealed;   // below multipart/signed or multipart/encrypted
    LineScan scan{};  // of a leaf's body
    // In the header section.
    std::uint64_t encoding_begin = 0;  // the field Content-Transfer-Encoding; no length: there is none
    std::uint64_t encoding_end = 0;
    std::uint64_t insert_at = 0;  // a further field
    bool has_version = false;
    bool has_type = false;
  };

  void add(Part const& part, bool is_root, bool is_sealed);
  void read_header(Found& found, std::uint64_t begin);
  bool needs_change(Found const& found) const;
  Result<> change(Found const& found, std::vector<Recoding::Piece>& pieces) const;
  void relabel(Found const& found, std::string_view encoding, std::vector<Recoding::Piece>& pieces) const;

  Channel const channel_;
  std::vector<Found> parts_;
  std::vector<Segment> segments_;
  std::size_t segment_ = 0;  // that the next byte is in or before
  std::uint64_t offset_ = 0;
  std::string header_;
};

class Recoder {
 public:
  explicit Recoder(Recoding recoding) : recoding_(std::move(recoding)), decoder_(TransferEncoding::identity) {}

  // Appends to `out` what the message's next bytes become.
  void feed(std::string_view bytes, std::string& out);
  void finish(std::string& out);

 private:
  void begin_piece(std::string& out);
  void end_piece(std::string& out);
  void encode(std::string_view bytes, std::string& out);
  void quoted_printable(char c, std::string& out);
  void put_quoted(char c, bool plain, std::string& out);

  Recoding recoding_;
  std::size_t piece_ = 0;
  bool in_piece_ = false;
  std::uint64_t offset_ = 0;
  TransferDecoder decoder_;
  std::string held_;  // base64: what makes no line yet; quoted-printable: a blank, or a CR, perhaps before a line end
  std::size_t column_ = 0;
};

}  // namespace yubin::mime
