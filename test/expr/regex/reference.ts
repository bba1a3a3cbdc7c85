import { setHas } from '../../../src/expr/regex/char-set.ts'
import type { Assertion, RegexNode, RegexSyntax } from '../../../src/expr/regex/syntax.ts'

/** The leftmost match by trying everything: its start and its longest (or shortest) end in UTF-16 units; null when there is none. */
export function referenceMatch(syntax: RegexSyntax, text: string, shortest: boolean): readonly [number, number] | null {
  for (let start = 0; start <= text.length; start++) {
    const ends = [...endsOf(syntax, text, syntax.root, start)]
    if (ends.length > 0) return [start, shortest ? Math.min(...ends) : Math.max(...ends)]
  }
  return null
}

/** Where a match of `node` that begins at `at` may end. */
function endsOf(syntax: RegexSyntax, text: string, node: RegexNode, at: number): Set<number> {
  const each = (places: Iterable<number>, part: RegexNode): Set<number> => {
    const all = new Set<number>()
    for (const place of places) for (const end of endsOf(syntax, text, part, place)) all.add(end)
    return all
  }
  switch (node.kind) {
    case 'empty':
      return new Set([at])
    case 'set': {
      const point = text.codePointAt(at)
      return new Set(point !== undefined && setHas(syntax.sets[node.set]!, point) ? [at + 1] : [])
    }
    case 'assert':
      return new Set(holds(syntax, text, syntax.assertions[node.assertion]!, at) ? [at] : [])
    case 'concat':
      return node.parts.reduce((places, part) => each(places, part), new Set([at]))
    case 'alternate':
      return new Set(node.branches.flatMap((branch) => [...endsOf(syntax, text, branch, at)]))
    case 'group':
      return endsOf(syntax, text, node.body, at)
    case 'back':
      throw new Error('not in these tests')
    case 'repeat': {
      const all = new Set<number>()
      let places = new Set([at])
      // Rounds beyond the length of the text add nothing but empty ones.
      const most = Math.min(node.max, node.min + text.length + 1)
      for (let count = 0; count <= most; count++) {
        if (count >= node.min) for (const place of places) all.add(place)
        places = each(places, node.body)
      }
      return all
    }
  }
}

function holds(syntax: RegexSyntax, text: string, assertion: Assertion, at: number): boolean {
  const isWord = (place: number): boolean => /^[\p{L}\p{Nd}_]$/u.test(text[place] ?? '')
  switch (assertion.kind) {
    case 'textStart':
      return at === 0
    case 'textEnd':
      return at === text.length
    case 'wordStart':
      return !isWord(at - 1) && isWord(at)
    case 'wordEnd':
      return isWord(at - 1) && !isWord(at)
    case 'boundary':
      return isWord(at - 1) !== isWord(at)
    case 'ahead':
      return endsOf(syntax, text, assertion.body, at).size > 0 !== assertion.negated
    case 'behind': {
      const found = Array.from({ length: at + 1 }, (_, start) => start).some((start) =>
        endsOf(syntax, text, assertion.body, start).has(at),
      )
      return found !== assertion.negated
    }
    default:
      throw new Error('not in these tests')
  }
}
