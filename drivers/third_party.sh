#!/bin/bash
# SPDX-License-Identifier: MIT
#
# ./dev drivers [--port] [NAME...]: builds and runs the drivers in a folder, and prints a table; with
# --port, ports them and compares (third_party_port.sh). docs/drivers.md says how the folder looks.
# Called by ./dev with its packages installed and dirql built; it sets
#
#   DIRQL_ROOT   this repository         DIRQL_OUT   where it is built
#   DRIVERS      the folder              JOBS        parallel jobs
#
# Everything about one driver goes to $DIRQL_OUT/third_party/NAME: build.log, report.json, run.log.
#
# A function that fails has said why in `why`.
set -ufo pipefail

# shellcheck disable=SC2153 # from ./dev
root=$DIRQL_ROOT out=$DIRQL_OUT drivers=$DRIVERS
dirql=$out/dirql
keys=' sources include cflags ldflags windows sys inf device net run timeout '

# --- one driver's folder ---

# read_conf FILE: fills the array conf.
read_conf() {
    local line key number=0
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        line=${line%$'\r'}
        [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
        if ! [[ $line =~ ^\ *([a-z]+)[[:space:]]*=[[:space:]]*(.*[^[:space:]])?[[:space:]]*$ ]]; then
            why="driver.conf:$number: not of the form KEY = VALUE"
            return 1
        fi
        key=${BASH_REMATCH[1]}
        if [[ $keys != *" $key "* ]]; then
            why="driver.conf:$number: there is no key \"$key\"; there are:${keys% }"
            return 1
        fi
        if [ -n "${conf[$key]+set}" ]; then
            why="driver.conf:$number: $key is there twice"
            return 1
        fi
        conf[$key]=${BASH_REMATCH[2]}
        # A quote that is not closed would take what follows with it.
        if [[ $key == @(cflags|ldflags|run) ]] && ! xargs <<<"${conf[$key]}" >/dev/null 2>&1; then
            why="driver.conf:$number: a quote in $key is not closed"
            return 1
        fi
    done <"$1"
}

# files FOLDER PATTERN...: prints those that exist, relative to FOLDER.
files() (
    cd "$1" || exit
    shift
    for pattern; do compgen -G "$pattern"; done | sort -u
)

# only FOLDER KEY PATTERN: `found` is the file that KEY names, or the only one that PATTERN finds, or
# empty. Fails if the named one is missing or there are several.
only() {
    found=${conf[$2]:-}
    if [ -n "$found" ] && [ ! -f "$1/$found" ]; then
        why="driver.conf: $2 = $found, and there is no such file"
        return 1
    fi
    [ -z "$found" ] || return 0
    found=$(files "$1" "$3")
    if [[ $found == *$'\n'* ]]; then
        why="several files $3 (${found//$'\n'/, }); driver.conf must say which: $2 = FILE"
        return 1
    fi
}

# rewrite FILE: with standard input, but only if that changes it, so that its date tells make.
rewrite() {
    cat >"$1.new"
    if cmp -s "$1.new" "$1"; then
        rm "$1.new"
    else
        mv "$1.new" "$1"
    fi
}

# build FOLDER WORK SOURCES: the driver from its sources, its INF beside it; sets `file`.
build() {
    local folder=$1 work=$2 sources=$3 sys=${conf[sys]:-$name.sys} found path before
    path=$(grep -v '^[A-Za-z0-9_./+-]*\.c$' <<<"$sources" | head -n 1)
    if [ -n "$path" ]; then
        why="\"$path\" is not the name of a C file (letters, digits, _ . + -, and .c)"
        return 1
    fi
    only "$folder" inf '*.inf' || return
    ln -sfn "$folder" "$work/source"
    # shellcheck disable=SC2086 # a list of words
    { [ -z "${conf[include]:-}" ] || printf -- "-I\"$work/source/%s\"\n" ${conf[include]}
        echo "${conf[cflags]:-}"; } | rewrite "$work/options"
    echo "${conf[ldflags]:-}" | rewrite "$work/ldflags"
    # Without what an earlier driver.conf had made.
    before=$(cat "$work/built" 2>/dev/null)
    printf '%s\n' "$sys" "${conf[windows]:-}" "$sources" | rewrite "$work/built"
    [ "$before" = "$(cat "$work/built")" ] || rm -rf "${work:?}/obj" "${work:?}/$sys"
    if ! make -C "$root" --no-print-directory -j"$JOBS" O="$out" THIRD_PARTY="$work" TP_SYS="$sys" \
        TP_SOURCES="${sources//$'\n'/ }" ${conf[windows]:+"DRV_WINDOWS=${conf[windows]}"} \
        "$work/$sys" >"$work/build.log" 2>&1; then
        path=$(grep -m 1 -E 'error:|undefined reference|No rule' "$work/build.log" ||
            tail -n 1 "$work/build.log")
        why="does not build: ${path//"$work/source/"/} (log: $work/build.log)"
        return 1
    fi
    file=$work/$sys
    if [ -n "$found" ]; then
        file=$work/$(basename "$found")
        cp "$folder/$found" "$file"
    fi
}

# prepare FOLDER WORK: `file` is what dirql is to run.
prepare() {
    local sources found
    # shellcheck disable=SC2086 # a list of patterns; nothing expands them here (set -f)
    sources=$(files "$1" ${conf[sources]:-*.c})
    if [ -n "$sources" ]; then
        build "$1" "$2" "$sources"
        return
    fi
    if [ -n "${conf[sources]:-}" ]; then
        why="driver.conf: sources = ${conf[sources]}, and there are no such files"
        return 1
    fi
    only "$1" inf '*.inf' || return
    [ -n "$found" ] || only "$1" sys '*.sys' || return
    if [ -z "$found" ]; then
        why='there are neither sources (*.c) nor an .inf nor a .sys in its folder'
        return 1
    fi
    file=$1/$found
}

# --- running ---

# run_options DEVICE: fills the array options with what driver.conf says.
run_options() {
    options=()
    [ -z "$1" ] || options+=(--device "$1")
    [ -z "${conf[net]:-}" ] || options+=(--net "${conf[net]}")
    [ -z "${conf[run]:-}" ] || # words with quotes, as a shell has them
        mapfile -t -O ${#options[@]} options < <(xargs printf '%s\n' <<<"${conf[run]}")
}

# run WORK DEVICE: `dirql run` of `file`, with the report in WORK/report.json; dirql's status.
run() {
    local -a options
    run_options "$2"
    timeout --foreground -k 5 "${conf[timeout]:-120}" \
        "$dirql" run "$file" --json --quiet "${options[@]}" \
        >"$1/report.json" 2>"$1/run.log" </dev/null
}

# report WORK JQ: prints that of the report.
report() {
    jq -r "$2" "$1/report.json" 2>/dev/null
}

# outcome WORK STATUS: prints how the run ended.
outcome() {
    local text
    text=$(report "$1" '
        if .status == "fine" then "fine"
        elif .status == "broken" then
            [ (.violations | length | select(. > 0) | "broke rules"),
              (.leaks | length | select(. > 0) | "left \(.) behind") ] | join(", ")
        elif .bugcheck then "crashed: \(.bugcheck.name): \(.bugcheck.text)"
        else .error // "" end | gsub("\n *"; " ")')
    [ -n "$text" ] || text=$(tail -n 1 "$1/run.log")
    [ "$2" != 124 ] && [ "$2" != 137 ] || text="not through after ${conf[timeout]:-120} s; $text"
    echo "${text:-status $2, without a word}"
}

# milestone WORK: prints how far a driver without its card got.
milestone() {
    report "$1" '
        {"driver": "registers as NDIS \(.ndis)",
         "adapter": "registers as NDIS \(.ndis) and initialises",
         "end": "registers as NDIS \(.ndis), initialises and halts"}[.reached] // "does not load"'
}

# findings WORK: prints what goes below the table.
findings() {
    report "$1" '
        (.violations[] | "  \(.rule): \(.text)" + (.stack[:1] | map("\n      at \(.)") | join(""))),
        (.leaks[] | "  left behind: \(.)")'
}

# --- the table ---

# row NAME NDIS CARD INTERRUPT FRAMES ISRS DPCS VIOLATIONS RESULT
row() {
    printf "%-${name_width}s  %-4s  %-${card_width}s  %-9s  %13s  %7s  %7s  %10s  %s\n" "$@"
}

# driver NAME: prints its row and adds to `details`; false if it did not run on its card.
driver() {
    local name=$1 folder=$drivers/$1 work=$out/third_party/$1 card file why status=0 text fields
    local -A conf=()
    if [[ ! $name =~ ^[A-Za-z0-9_.-]+$ ]]; then
        row "$name" - - - - - - - 'the name of its folder may have letters, digits and _ . - only'
        return 1
    fi
    mkdir -p "$work"
    if [ -e "$folder/driver.conf" ] && ! read_conf "$folder/driver.conf"; then
        row "$name" - - - - - - - "$why"
        return 1
    fi
    card=${conf[device]:-model:82574l}
    if ! prepare "$folder" "$work"; then
        row "$name" - "$card" - - - - - "$why"
        return 1
    fi
    run "$work" "${conf[device]:-}" || status=$?
    text=$(outcome "$work" "$status")
    # There is no such device, or the INF is for another: how far does the driver get without one?
    if [ "$card" != none ] && [[ $(report "$work" .reached) == @(wire|card) ]]; then
        text="no card: ${text%%; there are: *}"
        status=0
        run "$work" none || status=$?
        row "$name" "$(report "$work" '.ndis // "-"')" "$card" - - - - - \
            "$text; without one it $(milestone "$work"); $(outcome "$work" "$status")"
        status=1
    else
        mapfile -t fields < <(report "$work" '
            .ndis // "-", .interrupt.bus, "\(.frames.sent)/\(.frames.received)",
            ([.messages[].isr] | add // 0), ([.messages[].dpc] | add // 0), (.violations | length)')
        [ ${#fields[@]} = 6 ] || fields=(- - - - - -)
        row "$name" "${fields[0]}" "$card" "${fields[@]:1}" "$text"
    fi
    text=$(findings "$work")
    [ -z "$text" ] || details+=$'\n'"$name:"$'\n'"$text"$'\n'
    [ "$status" = 0 ] || [ "$status" = 3 ]
}

# shellcheck source=third_party_port.sh
. "$root/drivers/third_party_port.sh"

port=no
if [ "${1:-}" = --port ]; then
    port=yes
    shift
fi
if [ $# = 0 ]; then
    mapfile -t names < <(files "$drivers" '*/' 2>/dev/null | sed 's,/$,,')
    if [ ${#names[@]} = 0 ]; then
        echo "dev: there is no driver in $drivers/; give each a folder of its own there, NAME/," \
            "with its sources or its .sys, and its .inf (docs/drivers.md)" >&2
        exit 1
    fi
    set -- "${names[@]}"
fi
name_width=6 card_width=14 details='' failed=0
for name; do
    if [ ! -d "$drivers/$name" ]; then
        echo "dev: there is no folder $drivers/$name" >&2
        exit 1
    fi
    [ ${#name} -le "$name_width" ] || name_width=${#name}
    card=$(sed -n 's/^ *device *= *//p' "$drivers/$name/driver.conf" 2>/dev/null)
    [ ${#card} -le "$card_width" ] || card_width=${#card}
done
if [ $port = yes ]; then
    port_row driver NDIS card edits 'by hand' 'new warnings' compared result
    for name; do
        port_driver "$name" || failed=$((failed + 1))
    done
    printf '%s\n' "$details"
    if [ $failed = 0 ]; then
        echo "all $# behave as before; their ports are in $out/third_party/NAME/port"
    else
        echo "$failed of $# ports are not proved; they are in $out/third_party/NAME/port"
        exit 1
    fi
    exit
fi
row driver NDIS card interrupt 'frames out/in' ISRs DPCs violations result
for name; do
    driver "$name" || failed=$((failed + 1))
done
printf '%s\n' "$details"
if [ $failed = 0 ]; then
    echo "all $# ran; their reports are in $out/third_party"
else
    echo "$failed of $# did not run; the reports are in $out/third_party"
    exit 1
fi
