/* SPDX-License-Identifier: MIT */
/* buildfiles.c - NDIS50_MINIPORT and its like in sources, makefiles, meson.build, CMakeLists.txt
 * and .vcxproj files that were named on the command line: NDIS60_MINIPORT.
 *
 * Done by words: what is between letters, digits and underscores. _DRIVER as in
 * NDIS51_MINIPORT_DRIVER belongs to the word. */
#include "port/project.h"
#include <ctype.h>
#include <string.h>

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static unsigned rewrite_words(struct project *p, struct source *s)
{
    static const char *const words[][2] = {
        {"NDIS40_MINIPORT", "NDIS60_MINIPORT"},
        {"NDIS50_MINIPORT", "NDIS60_MINIPORT"},
        {"NDIS51_MINIPORT", "NDIS60_MINIPORT"},
        {"NDIS50_MINIPORT_DRIVER", "NDIS60_MINIPORT"},
        {"NDIS51_MINIPORT_DRIVER", "NDIS60_MINIPORT"},
    };
    unsigned n = 0;
    for (size_t i = 0; i < s->len;) {
        if (!word_char(s->bytes[i])) {
            i++;
            continue;
        }
        size_t end = i;
        while (end < s->len && word_char(s->bytes[end]))
            end++;
        size_t begin = i;
        if (end - begin > 2 && s->bytes[begin] == 'D' && begin > 0 &&
            (s->bytes[begin - 1] == '-' || s->bytes[begin - 1] == '/'))
            begin++; /* -DNDIS50_MINIPORT */
        for (size_t w = 0; w < sizeof words / sizeof *words; w++)
            if (end - begin == strlen(words[w][0]) &&
                !memcmp(s->bytes + begin, words[w][0], end - begin)) {
                source_edit(s, begin, end, words[w][1]);
                report_at(p->report, FINDING_DONE, RULE_BUILD, s, begin, "%s becomes %s",
                          words[w][0], words[w][1]);
                n++;
            }
        i = end;
    }
    return n;
}

void rewrite_build_files(struct project *p)
{
    for (size_t i = 0; i < p->build_files.count; i++) {
        struct source *s = p->build_files.item[i];
        if (rewrite_words(p, s))
            report_at(p->report, FINDING_PERSON, RULE_BUILD, s, s->edits.item[0].begin,
                      "built for NDIS 6.0 the driver compiles when nothing of NDIS 5 is left in "
                      "it; a call "
                      "of what is left would be bug check 0x7C (0x15)")
                ->hint = "until then: NDIS51_MINIPORT with -DNDIS60=1, and dirql run --porting";
        else
            report_add(p->report, FINDING_DONE, RULE_BUILD, s->path, 0, 0,
                       "names no NDIS 5 version: nothing to do");
    }
}
