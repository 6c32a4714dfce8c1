// Text outside of Jinja's tags, comments, raw blocks, and files without Jinja.
#include "tree_sitter/parser.h"
#include <stdbool.h>
#include <string.h>

enum Token { CONTENT, RAW_CONTENT, PYTHON, PLAIN, COMMENT, OPENING, CLOSING };

void *tree_sitter_sls_external_scanner_create(void) { return NULL; }
void tree_sitter_sls_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_sls_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload;
  (void)buffer;
  return 0;
}
void tree_sitter_sls_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  (void)payload;
  (void)buffer;
  (void)length;
}

static void advance(TSLexer *lexer) { lexer->advance(lexer, false); }

// Takes all that is left as one token.
static bool rest(TSLexer *lexer, enum Token token) {
  while (!lexer->eof(lexer)) advance(lexer);
  lexer->mark_end(lexer);
  lexer->result_symbol = token;
  return true;
}

// Whether `name` is one of the renderers in a `#!a|b args|c` line.
static bool has_renderer(const char *line, const char *name) {
  size_t length = strlen(name);
  for (const char *at = line; *at;) {
    while (*at == ' ' || *at == '|') at++;
    const char *start = at;
    while (*at && *at != '|') at++;
    size_t end = strcspn(start, " |");
    if (end == length && strncmp(start, name, length) == 0) return true;
  }
  return false;
}

// From `{#`, behind the `{`: a whole comment, up to the end of the file where it is not closed.
static bool comment(TSLexer *lexer) {
  advance(lexer);
  while (!lexer->eof(lexer)) {
    if (lexer->lookahead == '#') {
      advance(lexer);
      if (lexer->lookahead == '}') {
        advance(lexer);
        break;
      }
    } else {
      advance(lexer);
    }
  }
  lexer->mark_end(lexer);
  lexer->result_symbol = COMMENT;
  return true;
}

static bool is_space(int32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }

// From `{%`, behind the `{`: whether the tag starts something or goes on with it.
static bool tag(TSLexer *lexer) {
  advance(lexer);
  if (lexer->lookahead == '-' || lexer->lookahead == '+') advance(lexer);
  lexer->mark_end(lexer);
  while (is_space(lexer->lookahead)) advance(lexer);
  char word[5] = {0};
  size_t length = 0;
  while (length < 4 && lexer->lookahead >= 'a' && lexer->lookahead <= 'z') {
    word[length++] = (char)lexer->lookahead;
    advance(lexer);
  }
  bool closing = strncmp(word, "end", 3) == 0 || strcmp(word, "elif") == 0 || strcmp(word, "else") == 0;
  lexer->result_symbol = closing ? CLOSING : OPENING;
  return true;
}

// Text up to the next `{{`, `{%` or `{#`; a comment or the start of a tag where it begins with one.
static bool content(TSLexer *lexer, bool any, bool may_be_tag) {
  lexer->mark_end(lexer);
  while (!lexer->eof(lexer)) {
    if (lexer->lookahead == '{') {
      advance(lexer);
      if (lexer->lookahead == '#' && !any && may_be_tag) return comment(lexer);
      if (lexer->lookahead == '%' && !any && may_be_tag) return tag(lexer);
      if (lexer->lookahead == '{' || lexer->lookahead == '%' || lexer->lookahead == '#') break;
    } else {
      advance(lexer);
    }
    any = true;
    lexer->mark_end(lexer);
  }
  lexer->result_symbol = CONTENT;
  return any;
}

// Text up to `{% endraw %}` in any spelling of its marks.
static bool raw(TSLexer *lexer) {
  static const char word[] = "endraw";
  bool any = false;
  lexer->mark_end(lexer);
  while (!lexer->eof(lexer)) {
    if (lexer->lookahead == '{') {
      advance(lexer);
      if (lexer->lookahead == '%') {
        advance(lexer);
        if (lexer->lookahead == '-' || lexer->lookahead == '+') advance(lexer);
        while (lexer->lookahead == ' ' || lexer->lookahead == '\t' || lexer->lookahead == '\r' || lexer->lookahead == '\n') advance(lexer);
        size_t at = 0;
        while (at < sizeof word - 1 && lexer->lookahead == word[at]) {
          advance(lexer);
          at++;
        }
        if (at == sizeof word - 1) break;
      }
    } else {
      advance(lexer);
    }
    any = true;
    lexer->mark_end(lexer);
  }
  lexer->result_symbol = RAW_CONTENT;
  return any;
}

bool tree_sitter_sls_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  // In error recovery all are valid: then text is text.
  bool recovering = valid[CONTENT] && valid[RAW_CONTENT] && valid[PYTHON];
  if (valid[RAW_CONTENT] && !recovering) {
    if (raw(lexer)) return true;
    return false;
  }
  if (!valid[CONTENT] && !valid[OPENING] && !valid[CLOSING]) return false;
  if (valid[PLAIN] && !recovering && lexer->lookahead == '#' && lexer->get_column(lexer) == 0) {
    // The first line may name the renderers (salt/template.py, template_shebang).
    advance(lexer);
    if (lexer->lookahead == '!') {
      advance(lexer);
      char line[256];
      size_t length = 0;
      while (!lexer->eof(lexer) && lexer->lookahead != '\n' && lexer->lookahead != '\r') {
        if (length + 1 < sizeof line) line[length++] = lexer->lookahead < 128 ? (char)lexer->lookahead : '?';
        advance(lexer);
      }
      line[length] = 0;
      bool jinja = has_renderer(line, "jinja") || strstr(line, "jinja_") || strstr(line, "_jinja");
      if (line[0] != '/' && line[0] != 0 && !jinja) {
        bool python = has_renderer(line, "py") || has_renderer(line, "pyobjects") || has_renderer(line, "pydsl");
        return rest(lexer, python ? PYTHON : PLAIN);
      }
    }
    return content(lexer, true, false);
  }
  return content(lexer, false, true);
}
