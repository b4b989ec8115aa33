// Some mail for the demo's accounts to look at.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "mime/address.h"
#include "store/store.h"

namespace yubin::app {

Result<> add_sample_mail(store::Store& store, kv::AccountId account, mime::Address const& address, Clock const& clock);

}  // namespace yubin::app
