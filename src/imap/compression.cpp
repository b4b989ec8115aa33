#include "imap/compression.h"

#include <zlib.h>

#include <new>

#include "base/assert.h"

namespace yubin::imap {

namespace {

// Negative: without zlib's header and checksum (RFC 4978 section 3: RFC 1951).
constexpr int kInflateWindow = -15;
constexpr int kDeflateWindow = -12;
constexpr int kDeflateMemory = 5;  // with the window: 32 KiB
constexpr int kLevel = 3;          // half the time of the usual 6 for nearly the same on text

// zlib takes what it only reads as not const.
Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

}  // namespace

struct Compression::Streams {
  z_stream in{};
  z_stream out{};
};

// zlib fails here only if there is no memory.
Compression::Compression() : streams_(std::make_unique<Streams>()) {
  if (inflateInit2(&streams_->in, kInflateWindow) != Z_OK) throw std::bad_alloc();
  if (deflateInit2(&streams_->out, kLevel, Z_DEFLATED, kDeflateWindow, kDeflateMemory, Z_DEFAULT_STRATEGY) == Z_OK)
    return;
  (void)inflateEnd(&streams_->in);
  throw std::bad_alloc();
}

Compression::~Compression() {
  (void)inflateEnd(&streams_->in);   // tells only that there is
  (void)deflateEnd(&streams_->out);  // output that nobody took
}

void Compression::receive(std::string_view bytes) {
  input_.erase(0, at_);
  at_ = 0;
  input_ += bytes;
}

Result<std::string> Compression::inflate() {
  std::string piece(kPiece, '\0');
  z_stream& stream = streams_->in;
  std::string_view const rest = std::string_view(input_).substr(at_);
  stream.next_in = bytes_of(rest);
  stream.avail_in = static_cast<uInt>(rest.size());
  stream.next_out = bytes_of(piece);
  stream.avail_out = static_cast<uInt>(piece.size());
  int const result = ::inflate(&stream, Z_SYNC_FLUSH);
  // Z_BUF_ERROR: there was nothing to do, which is no error. Any other error comes again with the next call, so what
  // was made before it is given out first.
  bool const broken = result != Z_OK && result != Z_BUF_ERROR;
  if (broken && stream.avail_out == piece.size()) return fail(Errc::syntax, "not a stream of DEFLATE");
  at_ = input_.size() - stream.avail_in;
  more_ = stream.avail_out == 0 || broken;
  piece.resize(piece.size() - stream.avail_out);
  if (!has_input()) {
    input_ = std::string();
    at_ = 0;
  }
  return piece;
}

std::string Compression::deflate(std::string_view bytes) {
  if (bytes.empty()) return {};
  z_stream& stream = streams_->out;
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())) + 16, '\0');  // and the flush
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = bytes_of(out);
  stream.avail_out = static_cast<uInt>(out.size());
  int const result = ::deflate(&stream, Z_SYNC_FLUSH);
  YUBIN_ASSERT(result == Z_OK && stream.avail_in == 0 && stream.avail_out != 0);
  out.resize(out.size() - stream.avail_out);
  return out;
}

}  // namespace yubin::imap
