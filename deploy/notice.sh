#!/bin/sh
# notice.sh UNIT — starts the operator's command YIDI_NOTICE with the newest report on its stdin.
# In:  YIDI_NOTICE, a shell command, for example: mail -s "yidi failed" operator; YIDI_DATA, the data folder.
# Out: the exit code of that command; 2 where something is not set.
set -eu
unit=${1:?which unit failed?}
: "${YIDI_DATA:?the data folder is not set}"
if [ -z "${YIDI_NOTICE:-}" ]; then
    echo "notice.sh: $unit failed, and nobody is told: set YIDI_NOTICE in /etc/yidi/refresh.env" >&2
    exit 2
fi
newest=
for report in "$YIDI_DATA"/reports/*.md; do
    if [ -f "$report" ] && { [ -z "$newest" ] || [ "$report" -nt "$newest" ]; }; then
        newest=$report
    fi
done
{
    echo "$unit failed on $(uname -n) at $(date -u +%Y-%m-%dT%H:%M:%SZ). More: journalctl -u $unit"
    echo
    if [ -n "$newest" ]; then
        echo "The newest report, $newest; where the unit was killed, it is of an earlier start:"
        echo
        cat "$newest"
    else
        echo "There is no report yet in $YIDI_DATA/reports."
    fi
} | YIDI_REPORT=$newest sh -c "$YIDI_NOTICE"
