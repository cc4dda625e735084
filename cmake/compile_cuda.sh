#!/usr/bin/env bash
# Compiles every CUDA source for sm_80 and sm_90, with the nvcc found or else that of PyPI. Compiling
# needs no GPU; the objects are thrown away.
set -euo pipefail
# shellcheck source=cmake/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

nvcc=$(command -v nvcc || true)
flags=()
if [ -z "$nvcc" ]; then
  # cccl has <nv/target>, which the runtime's half-precision headers include.
  install_wheels cuda "nvcc into build/cuda" 'nvidia-cuda-nvcc==13.0.*' 'nvidia-nvvm==13.0.*' \
    'nvidia-cuda-crt==13.0.*' 'nvidia-cuda-runtime==13.0.*' 'nvidia-cuda-cccl==13.0.*' ||
    die "nvcc could not be installed; is PyPI reachable?"
  nvcc=$(find "$root/build/cuda/venv" -path '*/bin/nvcc' | head -n 1)
  flags+=(-I "$(dirname "$(dirname "$nvcc")")/include")
fi
[ -n "$nvcc" ] || die "no nvcc was found or installed"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
count=0
for source in "$root"/engine/kernels/*.cu; do
  "$nvcc" -std=c++20 -O2 -I "$root" "${flags[@]}" -gencode arch=compute_80,code=sm_80 \
    -gencode arch=compute_90,code=sm_90 -c "$source" -o "$out/$(basename "$source").o"
  count=$((count + 1))
done
[ "$count" -gt 0 ] || die "no CUDA source was found"
say "$count CUDA source(s) compiled for sm_80 and sm_90"
