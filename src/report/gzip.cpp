#include "report/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <new>

namespace yubin::report {

namespace {

constexpr int kWindow = 15;
constexpr int kGzip = 16;  // added to the window: with gzip's header
constexpr int kMemory = 8;
constexpr std::size_t kStep = 64 * 1024;

struct Closer {
  void operator()(z_stream* stream) const {
    inflateEnd(stream);
    delete stream;
  }
};
using Stream = std::unique_ptr<z_stream, Closer>;

Bytef* input(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write to it
}

Stream open(std::string_view bytes, int window) {
  Stream stream(new z_stream{});
  stream->next_in = input(bytes);
  stream->avail_in = static_cast<uInt>(bytes.size());
  if (inflateInit2(stream.get(), window) != Z_OK) throw std::bad_alloc();
  return stream;
}

// One member; `out` grows to at most `most` bytes.
Result<> inflate_member(z_stream& stream, std::string& out, std::size_t most) {
  for (;;) {
    std::size_t const before = out.size();
    std::size_t const room = std::min(kStep, most - before + 1);  // one more, to see that there is more
    out.resize(before + room);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(room);
    int const status = ::inflate(&stream, Z_NO_FLUSH);
    out.resize(before + room - stream.avail_out);
    if (out.size() > most) return fail(Errc::limit, fmt::format("it unpacks to more than {} bytes", most));
    if (status == Z_STREAM_END) return {};
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status == Z_BUF_ERROR) return fail(Errc::syntax, "the compressed data ends too early");
    if (status != Z_OK) return fail(Errc::syntax, "the compressed data is broken");
  }
}

}  // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWindow + kGzip, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

bool is_gzip(std::string_view bytes) {
  return bytes.starts_with("\x1f\x8b");
}

Result<std::string> gunzip(std::string_view bytes, std::size_t most) {
  if (bytes.size() > std::numeric_limits<uInt>::max()) return fail(Errc::limit, "too much compressed data");
  Stream const stream = open(bytes, kWindow + kGzip);
  std::string out;
  do {
    TRY_VOID(inflate_member(*stream, out, most));
    inflateReset(stream.get());
  } while (is_gzip(bytes.substr(bytes.size() - stream->avail_in)));
  return out;
}

Result<std::string> inflate_raw(std::string_view bytes, std::size_t most) {
  if (bytes.size() > std::numeric_limits<uInt>::max()) return fail(Errc::limit, "too much compressed data");
  Stream const stream = open(bytes, -kWindow);
  std::string out;
  TRY_VOID(inflate_member(*stream, out, most));
  return out;
}

}  // namespace yubin::report
