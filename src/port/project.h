/* SPDX-License-Identifier: MIT */
/* project.h - a driver under the port: its files, what libclang says of them, and its interrupt
 * code. Filled by parse.c, model.c and resolve.c; read by all rewritings. */
#pragma once
#include "port/flags.h"
#include "port/port.h"
#include "port/report.h"
#include "port/style.h"
#include <clang-c/Index.h>

/* One declaration or definition of a function of the driver. */
struct declaration {
    struct source *s;
    size_t name;        /* token */
    size_t open, close; /* the parameter list's brackets; NO_TOKEN: declared through a typedef */
    size_t body, end;   /* the braces; NO_TOKEN if this is no definition */
    bool is_static;
    CXCursor cursor;
};

struct function {
    const char *name, *usr;
    const char *called; /* as code anywhere names it: "Isr", "Card::Isr" */
    LIST(struct declaration) declarations;
    const char *synchronized_with; /* the structure that its NdisMSynchronizeWithInterrupt gives */
    bool rewritten;                /* its signature, by whatever role came first */
    bool wrapped;                  /* a function around it is the callback (result.c) */

    /* Its head after the port, where that differs or where it is new. */
    const char *result; /* NULL: as written */
    LIST(const char *) parameters;
    const struct declaration *model;  /* of a new function: what it is written like */
    const struct declaration *behind; /* and what it follows */
    bool is_static;                   /* of a new one */
};

/* A member, variable or parameter that holds an NDIS_MINIPORT_INTERRUPT or points to one. */
struct handle {
    const char *usr, *name, *new_name;
    bool pointer, member;
    struct source *s;
    size_t name_token;
    const char *record;    /* of a member: where it is in */
    const char *type_name; /* msi.c: the new member beside it that says what was granted, or NULL */
};

struct place {
    struct source *s;
    size_t token;
};

enum handler { HANDLER_ISR, HANDLER_DPC, HANDLER_DISABLE, HANDLER_ENABLE, HANDLERS };
extern const char *const handler_member[HANDLERS]; /* "ISRHandler" ... */

struct handler_use { /* a mention of a handler's member that is the 5.x structure's */
    struct place at;
    enum handler handler;
    bool positional; /* in an initialiser without names: [at.token, last] is the value */
    size_t last;
};

struct context { /* a value of the type that might be the adapter context */
    const char *type, *text;
};

typedef LIST(struct context) context_list;

struct attributes { /* a call of NdisMSetAttributes(Ex) */
    struct place at;
    struct context context;
    const char *function; /* USR */
};

struct registration {      /* a call of NdisMRegisterInterrupt */
    struct place at;       /* the function's name */
    bool parsed;           /* libclang saw it: not in a branch left out, not in a macro's body */
    const char *function;  /* USR of the function around it */
    context_list contexts; /* nearest first */
    argument_list arguments;
    size_t close;
    /* Whether NDIS 5 called the ISR, by RequestIsr and SharedInterrupt: constants of this build,
     * and which; else what says so at run time. */
    bool isr_known, isr_wanted;
    bool shared_known, shared;
    const char *isr_choice;
    bool choice_joined; /* "RequestIsr || SharedInterrupt": the second may be skipped */
};

struct synchronization { /* a call of NdisMSynchronizeWithInterrupt */
    struct place at;
    struct function *callback; /* NULL: unknown */
    argument_list arguments;
    size_t close;
    bool result_used;
};

struct indirect_call { /* "Ops->Isr(&Recognized, &Queue, Adapter)", by the pointer's type */
    struct place at;   /* where the pointer begins */
    size_t open;       /* NO_TOKEN: a macro hides the brackets */
    enum handler handler;
    const char *function; /* the usr of the function that is called so, or NULL: a pointer */
};

struct macro {
    const char *name, *text; /* its definition as written, "NAME tokens" */
};
typedef LIST(struct macro) macro_list;
const struct macro *macro_named(const macro_list *list, const char *name); /* or NULL */

struct diagnostic { /* an error or a warning of libclang's */
    bool error;
    const char *text, *path; /* the path is NULL if it is of no file */
    unsigned line, column;
};
typedef LIST(struct diagnostic) diagnostic_list;

struct unit {
    struct source *s;
    CXTranslationUnit tu;
    diagnostic_list diagnostics;
    flag_list flags;
    macro_list macros;              /* that it seems to define in front of ndis.h (include.c) */
    bool packs;                     /* "#pragma pack" seems to stand in front of it */
    LIST(struct source *) includes; /* of the driver's, itself among them */
};

/* The last files that cursors were in (cursor.c): a unit's come file by file. */
#define SEEN_FILES 16
struct seen_file {
    CXFile file;
    struct source *s; /* NULL: none of the driver's */
};

struct project {
    const struct port_options *options;
    struct report *report;
    LIST(CXIndex) indexes; /* libclang's, one for each file that is parsed at the same time */
    const char *const *base_flags;
    json_t *commands;                  /* compile_commands.json, or NULL */
    LIST(struct source *) sources;     /* of the driver: named files and their headers */
    LIST(struct source *) headers;     /* that #include lines seem to name (include.c) */
    LIST(struct source *) build_files; /* named ones that are no C */
    LIST(struct unit) units;
    struct seen_file seen[SEEN_FILES];
    unsigned next_seen;
    bool without_casts; /* casts.c: libclang gets the files so */
    json_t *overlay;    /* casing.c: names that only Windows would find, or NULL */

    LIST(struct function *) functions;
    LIST(struct handle) handles;
    LIST(struct place) handle_uses; /* names to change; with the handle: */
    LIST(size_t) handle_of_use;
    LIST(struct place) object_uses; /* InterruptObject of an interrupt object */
    LIST(struct handler_use) handler_uses;
    LIST(struct attributes) attributes;
    LIST(struct registration) registrations;
    LIST(struct synchronization) synchronizations;
    LIST(struct function *) callbacks; /* that some call synchronizes, also through a macro */
    LIST(struct place) deregistrations;
    LIST(struct indirect_call) indirect_calls; /* of an ISR or a DPC */
    LIST(const char *) isr_pointers; /* names of what has the type of an ISR, or points to it */
    LIST(struct place) left_out;     /* edited places in branches that this build leaves out */
    LIST(const char *) locals;       /* names of local variables, for their style */

    /* resolve.c */
    struct function *handler[HANDLERS];   /* NULL: none */
    struct place handler_place[HANDLERS]; /* where it was set */
    const char *context_type;
    bool isr_wanted, disable_wanted; /* by RequestIsr of the registrations */

    /* What the registration registers; what a rewriting makes of the four above. */
    const char *registered[HANDLERS];
    const char *isr_without; /* registered where RequestIsr is FALSE */
    const char *message_handler[HANDLERS];
};

/* Any error found so far? Then nothing is written. */
bool project_failed(const struct project *p);

/* include.c */
/* The name between "" or <> behind `#include` at the '#', or NULL. */
const char *included_name(const struct source *s, size_t hash, bool *quoted);
void find_headers(struct project *p); /* before anything is parsed */
struct source *project_header(const struct project *p, const char *real); /* found so, or NULL */

/* casts.c */
bool complains_of_cast(const diagnostic_list *diagnostics);
const char *text_without_casts(const char *path, const char *bytes, size_t len);

/* parse.c */
bool unit_has(const struct unit *u, const struct source *s);
bool project_parse(struct project *p);
void project_close(struct project *p);
struct source *project_source(struct project *p, const char *path); /* by real path, or NULL */

/* model.c */
void model_build(struct project *p);
struct function *function_named(const struct project *p, const char *name); /* or called so */
const struct declaration *function_definition(const struct function *f);
bool name_taken(const struct project *p, const char *name);
const char *free_name(const struct project *p, const char *wanted);
bool source_uses(const struct source *s, const char *name);
/* Places of a name in code, also in macros and branches left out. */
typedef LIST(struct place) place_list;
void find_name(const struct project *p, const char *name, place_list *out);

/* resolve.c */
bool model_resolve(struct project *p);
/* The structure that a function makes of a parameter that is a handle, or NULL. */
const char *type_of_context(struct project *p, const struct function *f, unsigned parameter);

/* The rewritings, in the order in which they run. */
void rewrite_handles(struct project *p);          /* handle.c */
void rewrite_isr(struct project *p);              /* isr.c */
void rewrite_dpc(struct project *p);              /* dpc.c */
void rewrite_enable_disable(struct project *p);   /* enable.c, mask.c */
void rewrite_synchronizations(struct project *p); /* synchronize.c */
void rewrite_deregistrations(struct project *p);  /* handle.c */
void rewrite_msi(struct project *p);              /* msi.c */
void rewrite_registrations(struct project *p);    /* register.c */
void report_several(struct project *p);           /* several.c */
void rewrite_characteristics(struct project *p);  /* characteristics.c */
void rewrite_build_files(struct project *p);      /* buildfiles.c */

void report_remains(struct project *p);                 /* remains.c */
bool result_verify(struct project *p);                  /* verify.c */
bool result_write(struct project *p, const char **why); /* write.c */
