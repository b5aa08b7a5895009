/* SPDX-License-Identifier: MIT */
/* options_test.c - key=value lists, right and wrong. */
#include "net/options.h"
#include "tests/harness/test.h"

static struct {
    bool flag;
    uint64_t number, time;
    char text[8];
    uint8_t mac[6];
} v;

static const struct option options[] = {
    {"flag", OPTION_FLAG, &v.flag}, {"number", OPTION_NUMBER, &v.number, .min = 2, .max = 100000},
    {"time", OPTION_TIME, &v.time}, {"text", OPTION_TEXT, v.text, .text_room = sizeof v.text},
    {"mac", OPTION_MAC, v.mac},
};
static char err[256];

static bool parse(const char *text)
{
    err[0] = 0;
    return options_parse("thing", text, options, 5, err, sizeof err);
}

TEST(options_of_every_kind_are_read, "")
{
    CHECK(parse("flag,number=20k,time=15us,text=abc,mac=52:54:00:aB:cd:0f"));
    CHECK(v.flag);
    CHECK_EQ(v.number, 20000);
    CHECK_EQ(v.time, 15000);
    CHECK_STR(v.text, "abc");
    CHECK(!memcmp(v.mac, "\x52\x54\x00\xab\xcd\x0f", 6));
    CHECK(parse("flag=off,number=0x10,time=2s,"));
    CHECK(!v.flag);
    CHECK_EQ(v.number, 16);
    CHECK_EQ(v.time, 2000000000);
    CHECK(parse(NULL));
    CHECK(parse(""));
    CHECK_EQ(v.number, 16);
}

TEST(a_bad_option_is_named_with_what_is_allowed, "")
{
    CHECK(!parse("numbers=3"));
    CHECK_STR(err, "thing: unknown option \"numbers\"; there are: flag, number, time, text, mac");
    CHECK(!parse("number=1"));
    CHECK_STR(err, "thing: number=1: must be 2 to 100000");
    CHECK(!parse("number"));
    CHECK_HAS(err, "number=: must be a number");
    CHECK(!parse("number=3x"));
    CHECK(!parse("number=-3"));
    CHECK(!parse("number=99999999999999999999"));
    CHECK(!parse("number=10000000000G"));
    CHECK(!parse("flag=perhaps"));
    CHECK_HAS(err, "flag=perhaps: must be on or off");
    CHECK(!parse("time=3h"));
    CHECK_HAS(err, "must be a time");
    CHECK(!parse("text=12345678"));
    CHECK(!parse("mac=52:54:00:12:34"));
    CHECK(!parse("mac=52:54:00:12:34:5g"));
    CHECK_HAS(err, "52:54:00:12:34:56");
    CHECK(!parse("=,"));
}
