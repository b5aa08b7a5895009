# SPDX-License-Identifier: MIT
# requirements.awk - sets docs/requirements.tsv (first input) against `dirql-test -l` (second input).
#
# Prints each number that has a test with its tests, then a table by section, then the requirements on
# the host that have none. A number that a test names and the list does not have is an error (status 1).

BEGIN { FS = "\t" }

/^#/ && FNR == NR { next }

FNR == NR && NF == 2 {
    title[$1] = $2
    sections = $1
    next
}

FNR == NR {
    order[++count] = $1
    section[$1] = $2
    kind[$1] = $3
    if (!($2 in first))
        first[$2] = $1
    last[$2] = $1
    total[$2, $3]++
    all[$3]++
    next
}

{
    n = split($3, numbers, /[ ,]+/)
    for (i = 1; i <= n; i++) {
        r = numbers[i]
        if (r == "")
            continue
        if (!(r in section)) {
            unknown = unknown "  " r ", named by " $2 " (" $1 ")\n"
            continue
        }
        if (!(r in tests)) {
            covered[section[r], kind[r]]++
            done[kind[r]]++
        }
        tests[r] = tests[r] "    " $2 " (" $1 ")\n"
    }
}

function share(part, whole)
{
    return whole ? part + 0 "/" whole : "-"
}

END {
    print "Requirements and their tests\n"
    for (i = 1; i <= count; i++)
        if (order[i] in tests)
            printf "%s [%s]\n%s", order[i], kind[order[i]], tests[order[i]]

    print "\nWith a test / all, by section\n"
    printf "%-72s %-12s %7s %7s %7s %7s\n", "section", "numbers", "host", "driver", "port", "choice"
    for (s = 1; s <= sections; s++)
        printf "%2d %-69s %-12s %7s %7s %7s %7s\n", s, substr(title[s], 1, 69),
            first[s] ".." substr(last[s], 3), share(covered[s, "host"], total[s, "host"]),
            share(covered[s, "driver"], total[s, "driver"]),
            share(covered[s, "port"], total[s, "port"]),
            share(covered[s, "choice"], total[s, "choice"])

    print "\nWhat NDIS must do, without a test\n"
    line = ""
    for (i = 1; i <= count; i++) {
        r = order[i]
        if (kind[r] != "host" || r in tests)
            continue
        if (length(line) > 90) {
            print line
            line = ""
        }
        line = line (line == "" ? "" : " ") r
    }
    print line == "" ? "none" : line

    if (unknown != "")
        printf "\nNamed by a test but not in docs/requirements.tsv:\n%s", unknown
    printf "\n%d of %d requirements have a test: host %d of %d, driver %d of %d, port %d of %d; choices %d of %d\n",
        done["host"] + done["driver"] + done["port"], all["host"] + all["driver"] + all["port"],
        done["host"], all["host"], done["driver"], all["driver"], done["port"], all["port"],
        done["choice"], all["choice"]
    exit unknown != ""
}
