#!/usr/bin/env bash
# Verifies and times every kernel on a device, once per variant that it runs, and leaves a report of each beside this script.
# usage: benchmarks/device/run.sh [DEVICE]   cuda by default; opencl, cuda:1, ... too.
# Needs the .NET SDK on this machine, or a folder published elsewhere with the command below in FASTALIGN.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
device="${1:-cuda}"

if [ -z "${FASTALIGN:-}" ]; then
  FASTALIGN="$(mktemp -d)"
  trap 'rm -rf "$FASTALIGN"' EXIT
  dotnet publish ../../src/FastAlign.Cli -c Release --self-contained -r linux-x64 -o "$FASTALIGN" -v q
fi

"$FASTALIGN/FastAlign.Cli" kernels verify --device "$device" --filter fill >/dev/null

failed=0
for variant in generic register_blocked tensor_core; do
  report="report-${device/:/-}-$variant.md"
  if "$FASTALIGN/FastAlign.Cli" kernels verify --device "$device" --variant "$variant" --report "$report"; then
    echo "$variant: green, $report"
  else
    # A device that lacks the variant says so and exits with 2, which is no failure of the kernels.
    [ $? -eq 2 ] || failed=1
  fi
done
exit "$failed"
