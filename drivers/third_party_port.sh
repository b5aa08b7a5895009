# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # dirql, drivers, out, the widths: third_party.sh's
#
# ./dev drivers --port: each driver's interrupt code ported to NDIS 6.0, compiled, and compared with
# the driver as it was; a table of that. A part of third_party.sh, which sources it.
#
# Everything about one port goes to $out/third_party/NAME/port:
#
#   ported/            the driver's folder as dirql port leaves it      port.json   its report
#   source/            the same with the driver's port.diff: compiled   sum         of source/
#   after/             the ported driver, and build.log                 compare.json, compare.log

# tree_sum FOLDER: prints a number of all that is in it.
tree_sum() (
    cd "$1" && find . -type f -print0 | sort -z | xargs -0r cksum | cksum
)

# port_flags SOURCES: prints the compiler's flags that matter for reading, one a line.
port_flags() {
    local windows=${conf[windows]:-0x0602} folder
    printf '%s\n' "-DWINVER=$windows" "-D_WIN32_WINNT=$windows" "-DNTDDI_VERSION=${windows}0000"
    # shellcheck disable=SC2086 # a list of words
    for folder in . ${conf[include]:-} $(dirname $1 | sort -u); do echo "-I$folder"; done
    xargs -r printf '%s\n' <<<"${conf[cflags]:-}"
}

# port_run FOLDER SOURCES OPTION...: dirql port of the driver in FOLDER; its report on standard output.
port_run() (
    local flags
    mapfile -t flags < <(port_flags "$2")
    cd "$1" || exit
    # shellcheck disable=SC2086 # a list of words
    "$dirql" port --json "${@:3}" $2 -- "${flags[@]}"
)

# port_sources FOLDER PORT SOURCES: PORT/ported and PORT/source.
port_sources() {
    local folder=$1 port=$2 sources=$3 status=0
    if [ -e "$port/sum" ] && [ -d "$port/source" ] &&
        [ "$(tree_sum "$port/source")" != "$(cat "$port/sum")" ]; then
        why="$port/source was edited. To keep that: (cd $port; diff -ru ported source >$folder/port.diff); then remove it"
        return 1
    fi
    rm -rf "$port/ported" "$port/source"
    cp -rL "$folder" "$port/ported"
    port_run "$port/ported" "$sources" -i >"$port/port.json" 2>"$port/port.log" || status=$?
    if [ "$status" != 0 ] && [ "$status" != 3 ]; then
        why="does not port: $(jq -r '[.findings[] | select(.kind == "error")
            | "\(.file):\(.line): \(.text)"] | first // empty' "$port/port.json" 2>/dev/null)"
        [ "$why" != 'does not port: ' ] || why+=$(tail -n 1 "$port/port.log")
        return 1
    fi
    if [ "$(port_run "$port/ported" "$sources" 2>/dev/null | jq .edits)" != 0 ]; then
        why='a second port of the result would change it again'
        return 1
    fi
    cp -r "$port/ported" "$port/source"
    if [ -e "$folder/port.diff" ] &&
        ! patch -s -p1 -d "$port/source" <"$folder/port.diff" >"$port/port.log" 2>&1; then
        why="port.diff does not fit the port: $(tail -n 1 "$port/port.log") (log: $port/port.log)"
        rm -rf "$port/source"
        return 1
    fi
    tree_sum "$port/source" >"$port/sum"
}

# warnings LOG: prints the compiler's, without their places.
warnings() {
    sed -nE 's,^.*/source/,,; s/:[0-9]+:[0-9]+: warning:/: warning:/p' "$1" | sort
}

# compare WORK BEFORE AFTER: dirql compare with the driver's options; its status.
compare() {
    run_options "${conf[device]:-}"
    timeout --foreground -k 5 $((8 * ${conf[timeout]:-120})) \
        "$dirql" compare --porting --json "$2" "$3" "${options[@]}" \
        >"$1/compare.json" 2>"$1/compare.log" </dev/null
}

# verdict PORT STATUS LEFT: of the driver in $folder, prints what came of the comparison; false if that proves nothing.
verdict() {
    local text
    case $2 in
    0) text=$(jq -r 'if .live then "the same, as far as a live run can tell" else "same behaviour" end' \
        "$1/compare.json") ;;
    3) text=$(jq -r '.differences | length | "\(.) difference\(if . == 1 then "" else "s" end)"' \
        "$1/compare.json") ;;
    124 | 137) text="not compared after $((8 * ${conf[timeout]:-120})) s" ;;
    *) text="not compared: $(tail -n 1 "$1/compare.log")" ;;
    esac
    if [ "$3" != 0 ] && [ ! -e "$folder/port.diff" ]; then
        echo "$text; $3 left to be written, see below"
        return 1
    fi
    echo "$text"
    [ "$2" = 0 ]
}

# port_findings PORT: of the driver in $folder, prints what goes below the table.
port_findings() {
    [ -e "$folder/port.diff" ] ||
        jq -r '.findings[] | select(.kind == "person")
            | "  by hand: \(.file):\(.line): \(.text)"' "$1/port.json"
    sed 's/^/  new warning: /' "$1/new-warnings"
    jq -r '.rows[] | select(.differs)
        | "  differs: \(.what): \(.before) before, \(.after) after", (.detail[] | "      \(.)")' \
        "$1/compare.json" 2>/dev/null
}

# compared PORT JQ: prints that of the comparison; "-" if it came to none.
compared() {
    if [ -s "$1/compare.json" ]; then jq -r "$2" "$1/compare.json"; else echo -; fi
}

# port_row NAME NDIS CARD EDITS BY-HAND WARNINGS COMPARED RESULT
port_row() {
    printf "%-${name_width}s  %-4s  %-${card_width}s  %5s  %7s  %12s  %-11s  %s\n" "$@"
}

# port_build NAME FOLDER WORK: both drivers, `before` and `after`, and PORT/new-warnings.
port_build() {
    local sources folder=$2 work=$3 port=$3/port
    # shellcheck disable=SC2086 # a list of patterns
    sources=$(files "$folder" ${conf[sources]:-*.c})
    if [ -z "$sources" ]; then
        why='there are no sources to port'
        [ -z "${conf[sources]:-}" ] || why="driver.conf: sources = ${conf[sources]}, and there are no such files"
        return 1
    fi
    mkdir -p "$port/after"
    rm -rf "$work/obj" "$port/after/obj" # so that all warnings are said again
    build "$folder" "$work" "$sources" || return
    before=$file
    port_sources "$folder" "$port" "$sources" || return
    conf[cflags]="${conf[cflags]:-} -DNDIS60=1"
    build "$port/source" "$port/after" "$sources" || { why="ported, it $why"; return 1; }
    after=$file
    comm -13 <(warnings "$work/build.log") <(warnings "$port/after/build.log") >"$port/new-warnings"
}

# port_driver NAME: prints its row and adds to `details`; false if its port is not proved.
port_driver() {
    local name=$1 folder=$drivers/$1 work=$out/third_party/$1 port=$out/third_party/$1/port
    local card why file before after edits left new status=0 text result=0
    local -a options
    local -A conf=()
    mkdir -p "$port"
    rm -f "$port"/{compare.json,compare.log,new-warnings}
    if [ -e "$folder/driver.conf" ] && ! read_conf "$folder/driver.conf"; then
        port_row "$name" - - - - - - "$why"
        return 1
    fi
    card=${conf[device]:-model:82574l}
    if ! port_build "$name" "$folder" "$work"; then
        port_row "$name" - "$card" - - - - "$why"
        return 1
    fi
    edits=$(jq .edits "$port/port.json") left=$(jq .left_to_a_person "$port/port.json")
    new=$(wc -l <"$port/new-warnings")
    compare "$port" "$before" "$after" || status=$?
    text=$(verdict "$port" "$status" "$left") || result=1
    [ "$new" = 0 ] || result=1
    [ "$left" = 0 ] || [ ! -e "$folder/port.diff" ] || left="$left, done"
    port_row "$name" "$(compared "$port" '.before.ndis // "-"')" "$card" "$edits" "$left" "$new" \
        "$(compared "$port" 'if .live then "live, \(.runs)x" else "with a seed" end')" "$text"
    text=$(port_findings "$port")
    [ -z "$text" ] || details+=$'\n'"$name:"$'\n'"$text"$'\n'
    return "$result"
}
