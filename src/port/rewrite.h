/* SPDX-License-Identifier: MIT */
/* rewrite.h - what several rewritings need: expressions, signatures, bodies, declarations.
 *
 * All of it makes edits of the sources; nothing is changed yet. A `declaration` is of the driver as
 * it was read. */
#pragma once
#include "port/project.h"

/* --- signature.c --- */

/* The first token of the postfix expression (a->b[i].c) that ends with token `last`. */
size_t postfix_begin(const struct source *s, size_t last);

/* One parameter as written: "_In_ NDIS_HANDLE Context" is annotation, type and name. */
struct parameter {
    size_t first, last; /* tokens */
    size_t name;        /* NO_TOKEN: a prototype without names */
    size_t in_list;     /* of an old-style definition: the name between the brackets */
    const char *annotation, *type, *name_text;
};

/* False if there are more than `room`, or they are written in a form that is not understood. */
bool parameters_of(const struct source *s, const struct declaration *d, struct parameter *out,
                   size_t room, size_t *count);

/* Blanks up to a column (from 0, in bytes) of the line at `offset`, whose own indentation they
 * begin with: tabs stay tabs. */
const char *indent_to(const struct source *s, size_t offset, size_t column);
/* Replaces the parameters of a declaration by `list`, laid out as the old ones were. */
void write_parameters(const struct declaration *d, const char *const *list, size_t count);

/* "IN", "_In_" or "": as this annotation, for an input or output. */
const char *annotation_like(const char *annotation, bool out);

/* "PVOID X", annotated as `like` is, and lined up where `like` is. */
const char *make_parameter(const struct source *s, const struct parameter *like, bool out,
                           const char *type, const char *name);

/* PVOID, "void *", "const void *const": what NDIS gives, in other words. */
bool is_handle_type(const char *type);
/* The context parameter of a handler. An author who wrote the adapter's type there gets the handle
 * that NDIS gives, under another name, and a variable of the old name. */
#define NEW_CONTEXT "MiniportInterruptContext"
const char *context_parameter(const struct source *s, const struct parameter *old);
const char *context_parameter_name(const struct parameter *old);
const char *context_variable(const struct parameter *old, const char *context);
/* Replaces VOID before the name by `type`. False if there is no VOID. */
bool write_result_type(const struct declaration *d, const char *type);
/* The same with any result type. False if it is not written there. */
bool replace_result_type(const struct declaration *d, const char *type);

/* The head of a function, on as many lines as that of `model` has. */
const char *head_like(const struct declaration *model, const char *name, const char *result,
                      const char *const *parameters, size_t count, bool is_static);

/* --- body.c --- */

/* Where the body's first statement may stand. */
struct body {
    size_t after_declarations; /* a byte offset at the end of a line */
    const char *indent;
    bool has_declarations, blank_follows;
};
struct body body_of(struct project *p, const struct declaration *d);

/* Makes a variable of the adapter's type from the parameter `context`, if the old one had that type
 * and is used: first of all declarations, which may use it. */
void insert_context_variable(struct project *p, const struct declaration *d,
                             const struct parameter *old, const char *context);
/* How far the statements of a function are indented: of a new one that is written like it. */
const char *body_indent(struct project *p, const struct declaration *d);
/* Behind the declarations; statements of several calls stay in order, a blank line before them. */
void insert_declaration(struct project *p, const struct declaration *d, const char *text);
void insert_statement(struct project *p, const struct declaration *d, const char *text);

/* UNREFERENCED_PARAMETER(name) for each (the list ends with NULL), if the driver writes such. */
void insert_unreferenced(struct project *p, const struct declaration *d, const char *const *names);
/* The same as lines for a new function that is written like that one; "" if it writes none. */
const char *unreferenced_lines(struct project *p, const struct declaration *like,
                               const char *const *names);

/* Puts lines before the statement that begins with `token`, and braces around both where the
 * statement is the whole body of an "if", "else" or loop. */
void insert_lines_before(struct source *s, size_t token, const char *const *lines, size_t count);

/* Every "return" that is written in the body; the count that libclang sees. */
void returns_of(const struct declaration *d, place_list *out);
unsigned returns_seen(const struct declaration *d);
bool ends_with_return(const struct declaration *d);
/* "return f(x);" of a function that returns nothing, which C++ takes. */
bool return_has_value(const struct source *s, size_t token);
bool some_return_has_value(const struct declaration *d);
/* Makes it "f(x);" and `lines` behind it. */
void split_return(struct source *s, size_t token, const char *const *lines, size_t count);

/* The end of the line, and of the comment that goes on behind it. */
size_t past_comments(const struct source *s, size_t offset);
bool next_line_blank(const struct source *s, size_t offset);

/* --- declare.c --- */

/* Is the token in an #if branch that this build leaves out? */
bool in_left_out_branch(struct project *p, const struct source *s, size_t token);

/* Is `name` a member where the token is, in a method: of its class or of a base of that? */
bool is_member_name(const struct project *p, const struct source *s, size_t token,
                    const char *name);
/* Is `f` what is called at the token, and not a method of its name? */
bool is_call_of(const struct project *p, const struct function *f, const struct source *s,
                size_t token);

/* The function whose body the token is in, or NULL. */
struct function *function_around(const struct project *p, const struct source *s, size_t token);

/* Is the call in a function that this build leaves out as a whole? It is not ported, and a person
 * is told; so are all calls of a handler like that. */
bool report_left_out_call(struct project *p, const struct source *s, size_t token);
void report_left_out_calls(struct project *p, const struct function *f);

/* Is it one of these two handlers of the driver's? */
bool is_enable_or_disable(const struct project *p, const struct function *f);

/* Is it given as a value to anything but the driver's characteristics? */
bool is_value(const struct project *p, const struct function *f);
/* A function that keeps its parameters has to be pointed to by a type that stays: says so, and is
 * false, if one that only NDIS 5 has is used. */
bool type_stays(struct project *p, const struct function *f, const char *type);

/* "Dc" of DcIsr, "Miniport" of MiniportISR, "" of Isr: then DcDisableInterrupt. */
const char *handler_prefix(const struct project *p);

/* Gives all declarations of a handler its new parameters, made by `make` from the old ones, and its
 * result type (NULL: as it was); one that is declared through a function type gets the type `role`.
 * False, with an error in the report, if one has another form. */
typedef size_t parameter_maker(struct project *p, const struct source *s,
                               const struct parameter *old, size_t count, const char **list);
bool rewrite_declarations(struct project *p, struct function *f, size_t parameters,
                          parameter_maker *make, const char *role, const char *result);

/* A new function, written like `model` and behind it: `comment` (may be NULL) above its head, then
 * `body` with its braces. Static if all registrations are in the same file. */
struct function *add_function(struct project *p, const struct declaration *model, const char *name,
                              const char *result, const char *const *parameters, size_t count,
                              const char *comment, const char *body);

/* The same behind another function, where the caller knows who names it. */
struct function *add_function_here(struct project *p, const struct declaration *model,
                                   const struct declaration *behind, const char *name,
                                   const char *result, const char *const *parameters, size_t count,
                                   const char *comment, const char *body, bool is_static);
/* Makes sure that code at (s, offset) can name the function: adds a declaration, takes "static"
 * away, where needed. */
void make_visible(struct project *p, const char *name, struct source *s, size_t offset);

/* --- handle.c --- */

/* The handle where 5.x had a pointer to the object: "&A->Interrupt" is "A->NdisInterruptHandle",
 * "p" is "*p". Takes the edits in it. */
const char *handle_value(struct source *s, size_t first, size_t last);
/* Does a word on a line above or below begin in the same column, behind two spaces? */
bool lined_up(const struct source *s, size_t token);

/* --- register.c --- */

/* The registration in the next branch of the same #if, or NULL. */
const struct registration *next_branch(const struct project *p, const struct registration *r);

/* --- order.c --- */

/* Was ndis.h read when the compiler gets to this token, in every file that includes it? */
bool ndis_read_before(struct project *p, const struct source *s, size_t token);

/* --- result.c --- */

bool returns_nothing(const struct declaration *d);
bool returns_boolean(const struct declaration *d);
/* Of a callback that returns something else: its type, if every return is TRUE or FALSE in other
 * words; else NULL. */
const char *boolean_in_other_words(struct project *p, const struct function *f);
/* Where it is not: a function around it becomes the callback, which returns BOOLEAN. */
void wrap_callback(struct project *p, struct function *f);

/* --- macro.c --- */

/* Sets `control` of the tokens that name a macro such as "#define ONLY_IF(c) if (c)". */
void mark_control_macros(struct project *p);

void report_registration_in_macro(struct project *p, const struct registration *r);

/* --- msi.c --- */

/* What was granted is kept beside the handle: `variable` holds the characteristics of r. */
void keep_interrupt_type(struct project *p, struct registration *r, const char *variable);

/* --- indirect.c: for model.c --- */

/* A call, by the type of its callee; a variable or member, if it is a pointer to an ISR; and what
 * calls through such names in branches left out. To indirect_calls and isr_pointers. */
void find_indirect_call(struct project *p, CXCursor call);
void find_isr_pointer(struct project *p, CXCursor declared);
void find_hidden_isr_calls(struct project *p);

/* --- isrcalls.c: for isr.c --- */

/* The parameters of MiniportInterrupt, from those of MiniportISR; returns how many. */
size_t isr_parameters(struct project *p, const struct source *s, const struct parameter *old,
                      size_t count, const char **list);
/* Is each of the driver's own calls one that can become "Recognized = Isr(...);"? Of those through
 * pointers one that cannot is reported. */
bool isr_calls_are_plain(const struct project *p, const struct function *f);
bool isr_pointer_calls_are_plain(struct project *p);
void rewrite_isr_calls(struct project *p, struct function *f);
/* The driver's own types for pointers to its ISR, and whether it has any or uses NDIS's. */
void rewrite_isr_types(struct project *p, struct source *s);
bool has_isr_type(const struct project *p);

/* --- requestisr.c --- */

/* An ISR that does what NDIS 5 did where RequestIsr was FALSE; for rewrite_enable_disable(). */
void rewrite_request_isr(struct project *p);
