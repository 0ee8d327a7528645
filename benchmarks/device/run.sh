#!/usr/bin/env bash
# Proves and measures a device in one go: the verify kit for every variant, products beside cuBLAS, attention and head beside the device's roofs, a DPO step (beside
# PyTorch eager where python3 has torch with CUDA). Leaves results/DEVICE-NAME/summary.md and what it was made of beside this script; exit code 1 if anything is wrong.
# usage: benchmarks/device/run.sh [DEVICE] [--quick]     cuda by default; cuda:1, opencl, ...; --quick takes small shapes, to try the script itself
# Needs the .NET SDK here, or in FASTALIGN a folder that was published elsewhere (the machine itself then needs no .NET):
#   dotnet publish src/FastAlign.Cli -c Release -r linux-x64 --self-contained -o FOLDER
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
device=cuda
quick=
for argument in "$@"; do
  case "$argument" in
    --quick) quick=yes ;;
    -*) echo "usage: $0 [DEVICE] [--quick]" >&2; exit 2 ;;
    *) device="$argument" ;;
  esac
done

if [ -z "${FASTALIGN:-}" ]; then
  command -v dotnet >/dev/null || { echo "$0: no dotnet here; publish the tool elsewhere (see the head of this script) and name its folder in FASTALIGN" >&2; exit 2; }
  FASTALIGN="$(mktemp -d)"
  trap 'rm -rf "$FASTALIGN"' EXIT
  dotnet publish "$here/../../src/FastAlign.Cli" -c Release -r linux-x64 --self-contained -o "$FASTALIGN" -v q -nologo
fi
tool="$FASTALIGN/FastAlign.Cli"

# The first line of a verification names the device and its driver; without a device this ends here, with the tool's own message.
title="$("$tool" kernels verify --device "$device" --filter fill/1 | sed -n '1s/: errors as shares.*//p')"
out="$here/results/$(sed 's/ (.*//' <<<"$title" | tr -cs '[:alnum:]' '-' | sed 's/-$//')${quick:+-quick}"
mkdir -p "$out"
summary="$out/summary.md"
if [ -n "$quick" ]; then
  scale=(--quick) products=(--small --filter attention-out-64x) kernels=(attention/pair log_prob_head) step=dpo/stories260k
else
  scale=(--large) products=() kernels=(attention/ log_prob_head) step=dpo/
fi

failed=0
{
  echo "# $title"
  echo
  echo "$(date -u +%Y-%m-%d), commit $(git -C "$here" describe --always --dirty 2>/dev/null || echo unknown), $(uname -sm); by \`benchmarks/device/run.sh $*\`"
  echo
  echo "## Verification"
  echo
} >"$summary"

# verify VARIANT: a line of the summary. Exit code 2 is a refusal: the device does not run the variant, or its library is missing.
verify() {
  local status=0 log="$out/verify-$1.txt" what=(--report "$out/verify-$1.md")
  [ -z "$quick" ] || what=(--filter linear)
  "$tool" kernels verify --device "$device" --variant "$1" "${what[@]}" >"$log" 2>&1 || status=$?
  case "$status" in
    0) echo "* \`$1\`: green ($(tail -n 1 "$log"))" ;;
    2) echo "* \`$1\`: refused: $(tail -n 1 "$log")" ;;
    *) echo "* \`$1\`: FAILED, see verify-$1.txt" ;;
  esac | tee -a "$summary"
  [ "$status" -eq 0 ] || [ "$status" -eq 2 ] || failed=1
}

# section TITLE COMMAND...: the command's output, as it is if it is Markdown, else as code.
section() {
  local title="$1" status=0
  shift
  echo "== $title"
  "$@" >"$out/section.txt" 2>"$out/section.err" || status=$?
  {
    echo
    echo "## $title"
    echo
    if [ "$1 ${2:-} ${3:-}" = "$tool kernels products" ]; then sed '/^# /d' "$out/section.txt"; else sed 's/^/    /' "$out/section.txt"; fi
    [ "$status" -eq 0 ] || { echo; echo "FAILED with exit code $status:"; echo; sed 's/^/    /' "$out/section.err"; }
  } >>"$summary"
  [ "$status" -eq 0 ] || failed=1
  rm -f "$out/section.txt" "$out/section.err"
}

for variant in generic register_blocked tensor_core cublas; do
  verify "$variant"
done
section "Products" "$tool" kernels products --device "$device" "${products[@]}"
for kernel in "${kernels[@]}"; do
  section "Kernels: $kernel" "$tool" bench --device "$device" "${scale[@]}" --only "$kernel"
done
section "DPO step" "$tool" bench --device "$device" "${scale[@]}" --only "$step"
if [[ "$device" == cuda* ]] && python3 -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
  section "PyTorch eager, the peer" python3 "$here/torch_peer.py" "$device"
else
  printf '\n## PyTorch eager, the peer\n\nNot measured: no torch with CUDA in python3 here.\n' >>"$summary"
fi

echo "$summary"
exit "$failed"
