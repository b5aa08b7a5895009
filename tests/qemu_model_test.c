/* SPDX-License-Identifier: MIT */
/* qemu_model_test.c - the simulated 82574L against QEMU's e1000e: the same driver does the same to
 * both, one frame at a time.
 *
 * QEMU keeps its own time, so no seed makes the two runs equal event by event: the causes of a
 * frame's transmission and of its reception may reach the driver in one interrupt or in two. What
 * must be equal is what does not depend on that: the order in which both rings move, the causes
 * that are seen, and what the driver writes at DIRQL. */
#include "tests/run.h"

#define FRAMES "40"

enum { ICR = 0xc0, RDT = 0x2818, TDT = 0x3818 };
/* QEMU says "ACK frame" of every TCP segment with the ACK flag, the model only of those without
 * payload (82574 datasheet, ICR: "Receive ACK Frame Detected"). */
#define ICR_ACK 0x20000u

#define MOVES_MAX 256
struct seen {
    unsigned tdt[MOVES_MAX], rdt[MOVES_MAX], tdts, rdts;
    unsigned causes;
    struct {
        unsigned offset, value;
    } written[32];
    unsigned writes;
};

static void note_written(struct seen *s, unsigned offset, unsigned value)
{
    for (unsigned i = 0; i < s->writes; i++)
        if (s->written[i].offset == offset && s->written[i].value == value)
            return;
    CHECK(s->writes < 32);
    s->written[s->writes].offset = offset;
    s->written[s->writes++].value = value;
}

static void note(struct seen *s, unsigned irql, bool write, unsigned offset, unsigned value)
{
    if (write && offset == TDT && s->tdts < MOVES_MAX)
        s->tdt[s->tdts++] = value;
    else if (write && offset == RDT && s->rdts < MOVES_MAX)
        s->rdt[s->rdts++] = value;
    else if (irql > 2 && write)
        note_written(s, offset, value);
    else if (irql > 2 && offset == ICR)
        s->causes |= value & ~ICR_ACK;
}

static struct seen run_on(const char *device, const char *inf, const char *interrupt)
{
    struct seen s = {0};
    const char *trace = run_file("trace");
    struct run *r =
        DIRQL("run", run_driver(inf), "--json", "--device", device, "--interrupt", interrupt,
              "--cpus", "1", "--window", "1", "--count", FRAMES, "--trace", trace);
    CHECK_STATUS(r, 0);
    CHECK_RUN(r, run_number(r, "frames.received") == atoi(FRAMES));
    CHECK_RUN(r, run_number(r, "frames.corrupt") == 0 && run_number(r, "frames.lost") == 0);
    char *text = run_read(trace, NULL);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        unsigned long long time;
        unsigned cpu, irql, offset, value;
        char word[16], bar[16];
        if (sscanf(line, "%llu %u %u %15s %15s offset=%x value=%x", &time, &cpu, &irql, word, bar,
                   &offset, &value) == 7)
            note(&s, irql, !strcmp(word, "write"), offset, value);
    }
    return s;
}

/* The driver writes a cause that it read while it could not handle it back to ICS. Whether one comes
 * at such a moment is chance, on either card; that both know the cause is compared. */
static bool is_chance(const struct seen *s, unsigned offset, unsigned value)
{
    return offset == 0xc8 && !(value & ~s->causes);
}

static bool has(const struct seen *s, unsigned offset, unsigned value)
{
    if (is_chance(s, offset, value))
        return true;
    for (unsigned i = 0; i < s->writes; i++)
        if (s->written[i].offset == offset && s->written[i].value == value)
            return true;
    return false;
}

static void compare(const char *inf, const char *interrupt)
{
    if (PROGRAM("qemu-system-x86_64", "--version")->status != 0)
        SKIP("no qemu-system-x86_64 (Debian package qemu-system-x86)");
    struct seen model = run_on("model:82574l", inf, interrupt);
    struct seen qemu = run_on("qemu:e1000e", inf, interrupt);
    CHECK(model.tdts > 0 && model.rdts > 0 && model.writes > 0);
    CHECK_EQ(qemu.tdts, model.tdts);
    CHECK(!memcmp(qemu.tdt, model.tdt, sizeof model.tdt));
    /* Room that the driver gives back for two frames at once is one move. */
    CHECK_EQ(qemu.rdt[qemu.rdts - 1], model.rdt[model.rdts - 1]);
    for (unsigned i = 1; i < qemu.rdts; i++)
        CHECK(qemu.rdt[i] >= qemu.rdt[i - 1] || qemu.rdt[i - 1] > (unsigned)atoi(FRAMES));
    CHECK_EQ(qemu.causes, model.causes);
    for (unsigned i = 0; i < model.writes; i++)
        if (!has(&qemu, model.written[i].offset, model.written[i].value))
            test_fail(__FILE__, __LINE__, "0x%x = 0x%x is written at DIRQL on the model only",
                      model.written[i].offset, model.written[i].value);
    for (unsigned i = 0; i < qemu.writes; i++)
        if (!has(&model, qemu.written[i].offset, qemu.written[i].value))
            test_fail(__FILE__, __LINE__, "0x%x = 0x%x is written at DIRQL on QEMU's card only",
                      qemu.written[i].offset, qemu.written[i].value);
}

TEST(the_model_and_qemus_card_are_the_same_to_an_ndis_5_driver, "")
{
    compare("e1000e5.inf", "line");
}

TEST(the_model_and_qemus_card_are_the_same_with_a_line, "")
{
    compare("e1000e.inf", "line");
}

TEST(the_model_and_qemus_card_are_the_same_with_messages, "")
{
    compare("e1000e.inf", "msix");
}
