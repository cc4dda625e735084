// Products of bfloat16 in the tile registers of AMX: a block of 32 by 32 sums in four tiles.
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/kernels/gemm.h"
#include "engine/kernels/gemm_pairs.inc"

namespace trm::kernels {
namespace {

constexpr std::int64_t kTile = 16;    // rows and columns of a tile of sums
constexpr std::int64_t kDepth = 32;   // bfloat16s of a tile's row
constexpr std::int64_t kPanel = 32;   // two tiles of columns
constexpr std::int64_t kBlock = 512;  // elements of a packed tile

// Eight tiles of 16 rows of 64 bytes. In static memory: GCC's intrinsic tells the compiler of its
// first eight bytes only, so that stores to a local one would be dropped.
struct alignas(64) TileConfig {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
const TileConfig kConfig;

void enter() { _tile_loadconfig(&kConfig); }
void leave() { _tile_release(); }

// 32 rows by 32 columns, or the first 16 rows of them. Tiles: 0 to 3 sums, 4 and 5 rows of A, 6 and
// 7 columns of W.
template <bool kBoth>
void block(const Bf16* a, std::int64_t lda, const Bf16* panel, std::int64_t k, float* c,
           std::int64_t ldc, bool add) {
  const auto a_bytes = static_cast<std::size_t>(lda) * sizeof(Bf16);
  const auto c_bytes = static_cast<std::size_t>(ldc) * sizeof(float);
  if (add) {
    _tile_loadd(0, c, c_bytes);
    _tile_loadd(1, c + kTile, c_bytes);
    if constexpr (kBoth) {
      _tile_loadd(2, c + kTile * ldc, c_bytes);
      _tile_loadd(3, c + kTile * ldc + kTile, c_bytes);
    }
  } else {
    _tile_zero(0);
    _tile_zero(1);
    if constexpr (kBoth) {
      _tile_zero(2);
      _tile_zero(3);
    }
  }
  for (std::int64_t j = 0; j < k; j += kDepth, panel += 2 * kBlock) {
    _tile_loadd(4, a + j, a_bytes);
    _tile_loadd(6, panel, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(7, panel + kBlock, 64);
    _tile_dpbf16ps(1, 4, 7);
    if constexpr (kBoth) {
      _tile_loadd(5, a + kTile * lda + j, a_bytes);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, c, c_bytes);
  _tile_stored(1, c + kTile, c_bytes);
  if constexpr (kBoth) {
    _tile_stored(2, c + kTile * ldc, c_bytes);
    _tile_stored(3, c + kTile * ldc + kTile, c_bytes);
  }
}

void run(const Bf16* a, std::int64_t lda, const Bf16* packed, std::int64_t k, std::int64_t n,
         float* c, std::int64_t ldc, std::int64_t rows, bool add) {
  for (std::int64_t column = 0; column < n; column += kPanel, packed += kPanel * k) {
    std::int64_t row = 0;
    for (; row + kTile < rows; row += 2 * kTile) {
      block<true>(a + row * lda, lda, packed, k, c + row * ldc + column, ldc, add);
    }
    if (row < rows) block<false>(a + row * lda, lda, packed, k, c + row * ldc + column, ldc, add);
  }
}

void pack(const Bf16* w, std::int64_t n, std::int64_t k, std::int64_t row_stride,
          std::int64_t col_stride, Bf16* packed) {
  pack_pairs(w, n, k, row_stride, col_stride, kPanel, kDepth, packed);
}

}  // namespace

extern const GemmFor<Bf16> gemm_bf16_amx;
const GemmFor<Bf16> gemm_bf16_amx = {"amx", &pack, &run, &enter, &leave};

// The kernel saves the tiles only for processes that asked for them.
bool request_amx();
bool request_amx() {
  constexpr int kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace trm::kernels
