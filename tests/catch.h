// Catch2 of Debian 12 (2.13) or of Ubuntu 24.04 (3.4; never run there).
#pragma once

#if __has_include(<catch2/catch.hpp>)
#include <catch2/catch.hpp>
#else
#include <catch2/catch_all.hpp>
using Catch::Approx;
#endif
