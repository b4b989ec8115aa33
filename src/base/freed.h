// A deleter for what a C library frees with a function of its own.
#pragma once

namespace yubin {

// std::unique_ptr<BIGNUM, Freed<&BN_free>>
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

}  // namespace yubin
