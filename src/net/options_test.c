/* SPDX-License-Identifier: MIT */
/* options_test.c - key=value lists, right and wrong. */
#include "net/options.h"
#include "tests/harness/test.h"

static struct {
    bool flag;
    uint64_t number, time;
    char text[8];
    uint8_t mac[6];
    uint32_t ip;
    struct option_list list;
} v;

static const struct option options[] = {
    {"flag", OPTION_FLAG, &v.flag}, {"number", OPTION_NUMBER, &v.number, .min = 2, .max = 100000},
    {"time", OPTION_TIME, &v.time}, {"text", OPTION_TEXT, v.text, .text_room = sizeof v.text},
    {"mac", OPTION_MAC, v.mac},     {"ip", OPTION_IPV4, &v.ip},
    {"each", OPTION_LIST, &v.list},
};
static char err[256];

static bool parse(const char *text)
{
    err[0] = 0;
    return options_parse("thing", text, options, 7, err, sizeof err);
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
    CHECK(parse("each=a,ip=10.0.2.15,each=b"));
    CHECK_EQ(v.ip, 0x0a00020f);
    CHECK_EQ(v.list.count, 2);
    CHECK_STR(v.list.text[0], "a");
    CHECK_STR(v.list.text[1], "b");
    CHECK(parse(NULL));
    CHECK(parse(""));
    CHECK_EQ(v.number, 16);
}

TEST(a_bad_option_is_named_with_what_is_allowed, "")
{
    CHECK(!parse("numbers=3"));
    CHECK_STR(
        err,
        "thing: unknown option \"numbers\"; there are: flag, number, time, text, mac, ip, each");
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
    CHECK(!parse("ip=10.0.2"));
    CHECK_HAS(err, "ip=10.0.2: must be an address");
    CHECK(!parse("each="));
    while (parse("each=x"))
        ;
    CHECK_EQ(v.list.count, 16);
    CHECK_HAS(err, "16 times at most");
    CHECK(!parse("=,"));
}
