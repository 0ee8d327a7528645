#!/usr/bin/env bash
# Compares FastAlign with other engines in one process, alternating, and prints ratios.
# usage: benchmarks/peers/run.sh gemm [--json FILE] [--seconds S] [--only TEXT]
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"

need_openblas() {
  ldconfig -p | grep -q 'libopenblas\.so\.0' && return
  apt-get update -qq
  apt-get install -y -qq libopenblas0-pthread >/dev/null
}

case "${1:-}" in
  gemm) need_openblas ;;
  *) echo "usage: $0 gemm [--json FILE] [--seconds S] [--only TEXT]" >&2; exit 2 ;;
esac

exec dotnet run --project "$here/FastAlign.Peers.csproj" -c Release -v q -- "$@"
