#!/usr/bin/env bash
# debian.sh PACKAGE:COMMAND … — installs the Debian packages whose command is missing (no command: asks dpkg).
# Needs root and apt-get for that; ends with 1 and names what is missing where it may not or cannot install.
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"

missing() {
    local pair
    for pair in "$@"; do
        if [ -n "${pair#*:}" ]; then
            command -v "${pair#*:}" >/dev/null || echo "${pair%%:*}"
        else
            dpkg-query --show --showformat='${Status}' "${pair%%:*}" 2>/dev/null | grep -q 'ok installed' || echo "${pair%%:*}"
        fi
    done
}

mapfile -t packages < <(missing "$@")
[ ${#packages[@]} -eq 0 ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing, and only root with apt-get can install them: ${packages[*]}" >&2
    exit 1
fi
echo "installing Debian packages: ${packages[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
mapfile -t packages < <(missing "$@")
if [ ${#packages[@]} -ne 0 ]; then
    echo "still missing after apt-get: ${packages[*]}" >&2
    exit 1
fi
