// Rows of the table that stand in files of their own. For options.cpp.
#pragma once

#include "config/config.h"

namespace yubin::config {

void add_limits(Options<Config>& table);  // who may connect, and from where

}  // namespace yubin::config
