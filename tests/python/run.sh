#!/usr/bin/env bash
# Runs the official Python clients, of this generation and the one before, against a
# gateway and simulated backends of its own.
#
#   tests/python/run.sh
#
# Leaves .venv and .venv-earlier beside this file. Prints "N passed, M failed" for each;
# exit status 1 when any failed, 3 without a suitable Python.
set -euo pipefail
cd "$(dirname "$0")"

NO_PYTHON=3

if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
  echo "The Python clients need Python 3.10 or newer with venv; none was found on PATH." >&2
  exit "$NO_PYTHON"
fi

# install FOLDER REQUIREMENTS
install() {
  local wanted
  wanted="$(python3 --version) $(cksum <"$2")"
  [[ -f "$1/made-from" && "$(<"$1/made-from")" == "$wanted" ]] && return
  rm -rf "$1"
  python3 -m venv "$1"
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check -r "$2"
  echo "$wanted" >"$1/made-from"
}

install .venv requirements.txt
install .venv-earlier requirements-earlier.txt

coproc FLEET { exec node --conditions=@olla-ts/source serve-fleet.ts; }
fleet="$FLEET_PID"
trap 'kill "$fleet" 2>/dev/null && wait "$fleet" || true' EXIT
if ! read -r url <&"${FLEET[0]}"; then
  echo "The gateway did not start." >&2
  exit 1
fi
status=0
for environment in .venv .venv-earlier; do
  "$environment/bin/python" check_clients.py "$url" || status=$?
done
exit "$status"
