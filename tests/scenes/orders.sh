#!/bin/sh
# Obeys the orders of one person, as cron would call it: ORDERS is where they arrive, BOSS who may give them.
# What becomes of each order is a line in the log; the exit codes of `e2e open` decide, and nothing else.
set -u
: "${ORDERS:?}" "${BOSS:?}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
worst=0

log() {
    echo "$1: $2" >> "$ORDERS/log"
}

for order in "$ORDERS"/*.sealed; do
    [ -e "$order" ] || continue
    name=$(basename "$order" .sealed)
    rm -f "$work/order"
    e2e open -q --from "$BOSS" --once --max-age 1h "$order" -o "$work/order" 2> /dev/null
    case $? in
    0)
        if sh "$work/order" > "$work/result" 2>&1; then
            log "$name" done
        else
            log "$name" failed
        fi
        e2e send -q "$BOSS" "$work/result" -o "$ORDERS/$name.answer" -f || log "$name" unanswered
        ;;
    3) log "$name" damaged ;;
    4) log "$name" "not for us" ;;
    5) log "$name" "refused" ;;
    6)
        log "$name" locked
        worst=75
        continue
        ;;
    *)
        log "$name" trouble
        worst=1
        continue
        ;;
    esac
    mv "$order" "$ORDERS/$name.seen"
done
exit "$worst"
