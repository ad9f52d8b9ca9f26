#!/usr/bin/env bash
# Runs the official Python clients against a gateway and simulated backends of its own.
#
#   tests/python/run.sh
#
# Leaves .venv beside this file. Prints "N passed, M failed"; exit status 1 when any
# failed, 3 without a suitable Python.
set -euo pipefail
cd "$(dirname "$0")"

NO_PYTHON=3

if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
  echo "The Python clients need Python 3.10 or newer with venv; none was found on PATH." >&2
  exit "$NO_PYTHON"
fi

wanted="$(python3 --version) $(cksum <requirements.txt)"
if [[ ! -f .venv/made-from || "$(<.venv/made-from)" != "$wanted" ]]; then
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
  echo "$wanted" >.venv/made-from
fi

coproc FLEET { exec node --conditions=@olla-ts/source serve-fleet.ts; }
fleet="$FLEET_PID"
trap 'kill "$fleet" 2>/dev/null && wait "$fleet" || true' EXIT
if ! read -r url <&"${FLEET[0]}"; then
  echo "The gateway did not start." >&2
  exit 1
fi
.venv/bin/python check_clients.py "$url"
