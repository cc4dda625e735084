#!/usr/bin/env bash
# Compiles every CUDA source for sm_80 and sm_90, with the nvcc found or else that of PyPI, and checks
# the syntax of the C++ sources' CUDA parts. Neither needs a GPU; nothing is kept.
set -euo pipefail
# shellcheck source=cmake/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

nvcc=$(command -v nvcc || true)
if [ -z "$nvcc" ]; then
  # cccl has <nv/target>, which the runtime's half-precision headers include.
  install_wheels cuda "nvcc into build/cuda" 'nvidia-cuda-nvcc==13.0.*' 'nvidia-nvvm==13.0.*' \
    'nvidia-cuda-crt==13.0.*' 'nvidia-cuda-runtime==13.0.*' 'nvidia-cuda-cccl==13.0.*' ||
    die "nvcc could not be installed; is PyPI reachable?"
  nvcc=$(find "$root/build/cuda/venv" -path '*/bin/nvcc' | head -n 1)
fi
[ -n "$nvcc" ] || die "no nvcc was found or installed"
headers=$(dirname "$(dirname "$(readlink -f "$nvcc")")")/include
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

kernels() {
  local source count=0
  for source in "$root"/engine/kernels/*.cu; do
    "$nvcc" -std=c++17 -O2 -I "$root" -I "$headers" -gencode arch=compute_80,code=sm_80 \
      -gencode arch=compute_90,code=sm_90 -c "$source" -o "$out/$(basename "$source").o"
    count=$((count + 1))
  done
  [ "$count" -gt 0 ] || die "no CUDA source was found"
  say "$count CUDA source(s) compiled for sm_80 and sm_90"
}
# Beside the other half, which takes about as long.
kernels &
kernels_job=$!

# The C++ sources that use CUDA where the build has it need its headers and LibTorch's, no libraries.
torch=${TRM_LIBTORCH_ROOT:-}
[ -n "$torch" ] || torch=$(find "$venv"/lib/python3*/site-packages/torch -maxdepth 0 2>/dev/null | head -n 1 || true)
mapfile -t sources < <(grep -rl --include='*.cpp' 'ifdef TRM_WITH_CUDA' "$root/engine" "$root/trainer" "$root/tests")
if [ -z "$torch" ] || [ ! -f "$torch/include/c10/cuda/CUDAStream.h" ]; then
  say "NOT CHECKED: CUDA parts of ${#sources[@]} C++ source(s): no LibTorch with CUDA headers is here"
elif [ ! -f "$headers/cuda_runtime_api.h" ]; then
  say "NOT CHECKED: CUDA parts of ${#sources[@]} C++ source(s): no cuda_runtime_api.h in $headers"
else
  for source in "${sources[@]}"; do
    "${CXX:-g++}" -std=c++20 -fsyntax-only -Wall -Wextra -Werror -DTRM_WITH_CUDA=1 -I "$root" \
      -isystem "$torch/include" -isystem "$torch/include/torch/csrc/api/include" \
      -isystem "$headers" "$source"
  done
  say "CUDA parts of ${#sources[@]} C++ source(s) checked"
fi
wait "$kernels_job"
