/**
 * How a regular expression divides what it matched among its groups: PostgreSQL's rules (its manual, 9.7.3.5, and the way its
 * engine nests the parts, which decides where the manual is silent).
 *
 * Parts in which no division matters are one `plain` node, matched by an automaton alone. In a branch, the parts before the first
 * that matters are one node, then comes that part, then the rest of the branch: a concatenation is always of two.
 *
 *   'xy(a|b)*z'  ->  concat(plain xy, concat(iterate(capture 1 (plain a|b)), plain z))
 *
 * A node prefers the longest or the shortest text; that of a concatenation is its first part's that has a preference.
 */
import type { BackReferenceNode, Preference, RegexNode, RepeatNode } from './syntax.ts'

export interface MatchTree {
  readonly op: 'plain' | 'concat' | 'alternate' | 'capture' | 'iterate' | 'back'
  /** What the automata of the node match. */
  readonly node: RegexNode
  readonly prefer: Preference
  /** Within it both preferences meet. */
  readonly mixed: boolean
  readonly captures: boolean
  /** Within it are back references: that automata accept is not enough. */
  readonly checked: boolean
  /** concat: two; alternate: a branch each; capture, iterate: one. */
  readonly children: readonly MatchTree[]
  /** capture, back: the group, counted from 1. */
  readonly group: number
  /** iterate, back. */
  readonly min: number
  readonly max: number
}

type Traits = Pick<MatchTree, 'prefer' | 'mixed' | 'captures' | 'checked'>

const NO_TRAITS: Traits = { prefer: 'none', mixed: false, captures: false, checked: false }

function join(first: Traits, second: Traits): Traits {
  const clash = first.prefer !== 'none' && second.prefer !== 'none' && first.prefer !== second.prefer
  return {
    prefer: first.prefer === 'none' ? second.prefer : first.prefer,
    mixed: first.mixed || second.mixed || clash,
    captures: first.captures || second.captures,
    checked: first.checked || second.checked,
  }
}

function matters({ mixed, captures, checked }: Traits): boolean {
  return mixed || captures || checked
}

function tree(
  op: MatchTree['op'],
  node: RegexNode,
  { prefer, mixed, captures, checked }: Traits,
  rest: Partial<MatchTree> = {},
): MatchTree {
  return { op, node, prefer, mixed, captures, checked, children: [], group: 0, min: 1, max: 1, ...rest }
}

export function buildMatchTree(node: RegexNode): MatchTree {
  if (node.kind !== 'alternate') return branchTree(node.kind === 'concat' ? node.parts : [node])
  const branches = node.branches.map((branch) => buildMatchTree(branch))
  const joined = branches.reduce<Traits>((sum, branch) => join(sum, branch), NO_TRAITS)
  const traits: Traits = { ...joined, prefer: 'longer' }
  return matters(traits) ? tree('alternate', node, traits, { children: branches }) : tree('plain', node, traits)
}

function concatOf(parts: readonly RegexNode[]): RegexNode {
  return parts.length === 1 ? parts[0]! : { kind: 'concat', parts }
}

function branchTree(parts: readonly RegexNode[]): MatchTree {
  let before = NO_TRAITS
  for (let i = 0; i < parts.length; i++) {
    const part = quantifiedTree(parts[i]!)
    const traits = traitsInBranch(parts[i]!, part)
    const joined = join(before, traits)
    if (!matters(joined)) {
      before = joined
      continue
    }
    const rest = parts.slice(i + 1)
    const tail = rest.length === 0 ? part : pair(part, traits, branchTree(rest))
    return i === 0 ? tail : pair(tree('plain', concatOf(parts.slice(0, i)), before), before, tail)
  }
  return tree('plain', concatOf(parts), before)
}

/** `x{1,1}?` is x, but what it prefers is asked for in its branch. */
function traitsInBranch(node: RegexNode, part: MatchTree): Traits {
  return node.kind === 'repeat' ? join({ ...NO_TRAITS, prefer: node.prefer }, part) : part
}

function pair(first: MatchTree, firstTraits: Traits, second: MatchTree): MatchTree {
  const node: RegexNode = { kind: 'concat', parts: [first.node, second.node] }
  const traits = join(firstTraits, second)
  return matters(traits) ? tree('concat', node, traits, { children: [first, second] }) : tree('plain', node, traits)
}

function quantifiedTree(node: RegexNode): MatchTree {
  switch (node.kind) {
    case 'group': {
      const body = buildMatchTree(node.body)
      return tree('capture', node, { ...body, captures: true }, { children: [body], group: node.index })
    }
    case 'back':
      return backTree(node, node, 1, 1, 'none')
    case 'repeat':
      return repeatTree(node)
    case 'concat':
    case 'alternate':
      return buildMatchTree(node)
    default:
      return tree('plain', node, NO_TRAITS)
  }
}

function backTree(node: RegexNode, back: BackReferenceNode, min: number, max: number, prefer: Preference): MatchTree {
  return tree('back', node, { ...NO_TRAITS, prefer, checked: true }, { group: back.group.index, min, max })
}

function repeatTree(node: RepeatNode): MatchTree {
  const { body, min, max, prefer } = node
  if (body.kind === 'back') return backTree(node, body, min, max, prefer)
  const once = quantifiedTree(body)
  const traits = join({ ...NO_TRAITS, prefer }, once)
  const agrees = prefer === 'none' || (once.prefer === 'none' && !once.mixed) || (prefer === once.prefer && !once.mixed)
  if (min === 1 && max === 1 && agrees) return once
  if (!once.captures && !once.checked) return tree('plain', node, traits)
  if (min > 0 && !once.checked) {
    // Only the last time round counts: x{m,n} is x{m-1,n-1} of which nobody asks, then x.
    const before: RegexNode =
      max === 1 ? { kind: 'empty' } : { kind: 'repeat', body, min: min - 1, max: max - 1, prefer }
    return tree('concat', node, traits, {
      children: [tree('plain', before, { ...NO_TRAITS, prefer: traits.prefer }), once],
    })
  }
  return tree('iterate', node, traits, { children: [once], min, max })
}
