/* SPDX-License-Identifier: MIT */
/* source_test.c - tokens, statements, edits and the diff of them; a compiler's flags. */
#include "port/diff.h"
#include "port/flags.h"
#include "port/style.h"
#include "tests/run.h"

static struct source *of(const char *text)
{
    return source_from_bytes("nic.c", text, strlen(text));
}

static size_t at(const struct source *s, const char *word)
{
    return token_at(s, (size_t)(strstr(s->bytes, word) - s->bytes));
}

TEST(tokens_know_directives_comments_and_continued_lines, "")
{
    struct source *s = of("#define M(a) \\\n  f(a) /* x */\nint b; // y\r\nchar *c = \"/*\";\n");
    CHECK(tok(s, at(s, "f(a)"))->directive);
    CHECK(!tok(s, at(s, "int"))->directive);
    CHECK_EQ(s->tokens.comments.count, 2);
    CHECK(tok_is(s, at(s, "\"/*\""), "\"/*\""));
    CHECK_EQ(tok_body(s, at(s, "f(a)")), at(s, "f(a)"));
    CHECK_EQ(tok_prev(s, at(s, "f(a)")), NO_TOKEN);
}

TEST(a_statement_begins_after_a_label_and_not_after_a_question, "")
{
    struct source *s = of("{ case 1: a = b ? c : d(1); } L: if (x) e(2); else g(3);");
    CHECK_EQ(statement_begin(s, at(s, "d(1)")), at(s, "a ="));
    CHECK_EQ(statement_begin(s, at(s, "e(2)")), at(s, "if"));
    CHECK_EQ(statement_begin(s, at(s, "g(3)")), at(s, "else"));
    CHECK(tok_is(s, statement_end(s, at(s, "d(1)")), ";"));
}

TEST(a_macro_on_a_line_of_its_own_is_a_statement, "")
{
    struct source *s = of("{\n  LOG( f(); )\n  a = g(1);\n  ONCE(x)\n    b = g(2);\n  if (x)\n"
                          "  c = g(3);\n  d = 1 +\n  h(4)\n  * e;\n  _In_(1)\n  int k;\n}");
    CHECK_EQ(statement_begin(s, at(s, "g(1)")), at(s, "a ="));
    CHECK_EQ(statement_begin(s, at(s, "g(2)")), at(s, "ONCE"));
    CHECK_EQ(statement_begin(s, at(s, "g(3)")), at(s, "if"));
    CHECK_EQ(statement_begin(s, at(s, "e;")), at(s, "d ="));
    CHECK_EQ(statement_begin(s, at(s, "k;")), at(s, "_In_"));
}

TEST(edits_keep_line_ends_and_tell_conflicts, "")
{
    struct source *s = of("a;\r\nb;\r\n");
    size_t n;
    source_insert(s, 2, "\nx;");
    source_edit(s, 4, 5, "bb");
    CHECK_STR(source_result(s, &n), "a;\r\nx;\r\nbb;\r\n");
    CHECK(!s->conflict);
    source_edit(s, 3, 5, "c");
    CHECK_HAS(s->conflict, "two changes of line 1 meet");
}

TEST(a_removed_statement_takes_its_line_and_comment_along, "")
{
    struct source *s = of("a;\n    b; /* of b */\nc; d;\n");
    size_t n;
    source_remove_statement(s, tok(s, at(s, "b;"))->begin, tok(s, at(s, "b;") + 1)->end);
    source_remove_statement(s, tok(s, at(s, "d;"))->begin, tok(s, at(s, "d;") + 1)->end);
    CHECK_STR(source_result(s, &n), "a;\nc; \n");
}

TEST(a_line_of_removed_statements_goes_as_a_whole, "")
{
    for (unsigned order = 0; order < 2; order++) {
        struct source *s = of("a;\n    b; c; d; /* three */\n    e; f;\n");
        static const char *const names[2][4] = {{"b", "c", "d", "e"}, {"e", "d", "b", "c"}};
        size_t n;
        for (unsigned i = 0; i < 4; i++) {
            size_t t = at(s, run_text_of("%s;", names[order][i]));
            source_remove_statement(s, tok(s, t)->begin, tok(s, t + 1)->end);
        }
        CHECK_STR(source_result(s, &n), "a;\n    f;\n");
    }
}

TEST(a_diff_shows_only_lines_that_differ, "")
{
    struct source *s = of("1\n2\n3\n4\n5\n6\n7\n8\n9");
    source_edit(s, 2, 6, "2\nthree\n"); /* line 2 stays */
    source_edit(s, 16, 17, "nine");
    CHECK_STR(diff_of(s),
              "--- a/nic.c\n+++ b/nic.c\n@@ -1,9 +1,9 @@\n 1\n 2\n-3\n+three\n 4\n 5\n 6\n 7\n"
              " 8\n-9\n\\ No newline at end of file\n+nine\n\\ No newline at end of file\n");
}

TEST(a_diff_shows_a_last_line_that_loses_its_newline, "")
{
    struct source *s = of("one\ntwo\n");
    source_edit(s, 6, 8, ""); /* found by the fuzz target: the line was left out */
    CHECK_STR(diff_of(s), "--- a/nic.c\n+++ b/nic.c\n@@ -1,2 +1,2 @@\n one\n-two\n+tw\n"
                          "\\ No newline at end of file\n");
}

TEST(the_style_of_a_file_is_found, "")
{
    const struct style *gnu = style_of(of("f ()\n{\n  if (a)\n    {\n      g (x);\n    }\n}\n"));
    CHECK(gnu->braces == BRACES_INDENTED && gnu->call_space);
    CHECK_STR(gnu->unit, "  ");
    const struct style *bsd = style_of(of("f()\n{\n\tif (a)\n\t{\n\t\tg(x);\n\t}\n}\n"));
    CHECK(bsd->braces == BRACES_NEXT_LINE && !bsd->call_space);
    CHECK_STR(bsd->unit, "\t");
    const struct style *knr = style_of(of("f() {\n    if(a) {\n        g(x);\n    }\n}\n"));
    CHECK(knr->braces == BRACES_SAME_LINE && !knr->if_space && knr->brace_single);
    const char *names[] = {"status", "adapter_context", "value", "irqLevel", "Nic"};
    CHECK_STR(style_local("InterruptCharacteristics", names, 1), "interruptCharacteristics");
    CHECK_STR(style_local("InterruptCharacteristics", names, 3), "interrupt_characteristics");
    CHECK_STR(style_local("InterruptCharacteristics", names, 4), "interruptCharacteristics");
    CHECK_STR(style_local("InterruptCharacteristics", names + 3, 2), "InterruptCharacteristics");
}

TEST(flags_of_other_compilers_are_understood, "")
{
    flag_list f = {0};
    flags_add(&f, flags_split("/DA=1 /I inc -c -o x.obj -O2 \"-DB=\\\"b c\\\"\" -I/abs x.c"),
              "/src");
    CHECK_EQ(f.count, 4);
    CHECK_STR(f.item[0], "-DA=1");
    CHECK_STR(f.item[1], "-I/src/inc");
    CHECK_STR(f.item[2], "-DB=\"b c\"");
    CHECK_STR(f.item[3], "-I/abs");
}
