#!/usr/bin/env bash
# Compares FastAlign with OpenBLAS and TorchSharp: same shapes, same data, alternating in one process; prints ratios and writes them as JSON.
# usage: benchmarks/peers/run.sh [gemm|dpo|sft|head|attention|adamw|generate] [--json FILE] [--only TEXT] [--threads LIST] [--seconds S] [--no-memory]
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
output="$here/bin/Release/net10.0/linux-x64"

if ! ldconfig -p | grep 'libopenblas\.so\.0' >/dev/null; then
  apt-get update -qq
  apt-get install -y -qq libopenblas0-pthread >/dev/null
fi

dotnet build "$here/FastAlign.Peers.csproj" -c Release -v q -nologo
"$here/make-torchsharp-loadable.sh" "$output"
exec "$output/FastAlign.Peers" "$@"
