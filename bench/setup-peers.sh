#!/usr/bin/env bash
# Installs the programs that `pnpm bench` compares the gateway with, all at fixed versions:
# Portkey and LiteLLM into bench/peers, HAProxy and nginx from Debian (as root, else they
# have to be there already). What cannot be installed is left out of the report.
set -uo pipefail
cd "$(dirname "$0")"

PORTKEY=1.15.2
LITELLM=1.108.7

mkdir -p peers
if ((EUID == 0)) && command -v apt-get >/dev/null; then
  apt-get install --yes --no-install-recommends haproxy nginx-light ||
    echo "Left out: HAProxy and nginx, which apt-get could not install."
fi
npm install --prefix peers --no-audit --no-fund --ignore-scripts --loglevel=error \
  "@portkey-ai/gateway@$PORTKEY" || echo "Left out: Portkey."
if python3 -m venv peers/.venv; then
  peers/.venv/bin/pip install --quiet "litellm[proxy]==$LITELLM" || echo "Left out: LiteLLM."
fi
