/**
 * Whether the foreign parser kept everything: what it prints of its tree has the tokens that were written, in their order and with
 * their parentheses. Words that say nothing, cases of letters and quotes are left out.
 */
import { cannotConvert } from './foreign-node.ts'

/** Said or not, the meaning is one. */
const SILENT: ReadonlySet<string> = new Set(['AS', 'INNER', 'OUTER', 'ASC', 'DISTINCTROW', ';', '"', '`'])
const TOKEN = /'[^']*'|[\p{L}\p{N}_$@]+|<=>|<>|!=|<=|>=|==|\|\||&&|::|->>|->|=>|[^\s]/gu
/** Other spellings of one thing. */
const SPELLINGS: Readonly<Record<string, string>> = { '!=': '<>', '==': '=', '&&': 'AND', MINUS: 'EXCEPT' }

/** `brackets`: the foreign parser prints names between brackets, and nothing else. */
export function checkTokens(written: readonly string[], printed: string, brackets: 'names' | 'subscripts'): void {
  const names = brackets === 'names' ? printed.replaceAll(/[[\]]/g, ' ') : printed
  const [here, there] = [plainTokens(written.join(' ')), plainTokens(names)]
  const at = here.findIndex((token, i) => token !== there[i])
  if (at === -1 && here.length === there.length) return
  const place = at === -1 ? here.length : at
  throw cannotConvert(
    `a construct near "${here
      .slice(Math.max(0, place - 2), place + 3)
      .join(' ')
      .toLowerCase()}"`,
  )
}

function plainTokens(text: string): readonly string[] {
  const tokens: string[] = []
  for (const [match] of text.matchAll(TOKEN)) {
    const token = match.toUpperCase()
    if (!SILENT.has(token)) tokens.push(SPELLINGS[token] ?? token)
  }
  return withoutDoubleParentheses(tokens)
}

/** `((a))` is `(a)`, which the foreign parser prints. */
function withoutDoubleParentheses(tokens: readonly string[]): readonly string[] {
  const partner = new Map<number, number>()
  const open: number[] = []
  tokens.forEach((token, i) => {
    if (token === '(') open.push(i)
    else if (token === ')') {
      const start = open.pop()
      if (start !== undefined) partner.set(start, i)
    }
  })
  const dropped = new Set<number>()
  for (const [start, end] of partner) {
    if (partner.get(start + 1) === end - 1) dropped.add(start).add(end)
  }
  return dropped.size === 0 ? tokens : tokens.filter((_, i) => !dropped.has(i))
}
