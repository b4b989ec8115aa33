#include "tls/openssl.h"

#include <openssl/err.h>

#include <ctime>

namespace yubin::tls {

Bio reading(std::string_view bytes) {
  return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

std::string written(BIO* bio) {
  char* data = nullptr;
  long const size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string last_error() {
  unsigned long const code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  if (char const* reason = ERR_reason_error_string(code)) return reason;
  char buffer[256];
  ERR_error_string_n(code, buffer, sizeof buffer);
  return buffer;
}

WallTime to_time(ASN1_TIME const* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return WallTime(std::chrono::seconds(timegm(&parts)));
}

std::string name_text(X509_NAME const* name) {
  Bio const out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, (XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) & ~XN_FLAG_SPC_EQ);
  return written(out.get());
}

}  // namespace yubin::tls
