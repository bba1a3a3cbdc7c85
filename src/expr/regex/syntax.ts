/**
 * What a regular expression is once it has been read: a tree without text.
 *
 *   'x(a|b)+?\m'  ->  concat [set x, repeat 1.. prefer shorter (group 1 (alternate [set a, set b])), assert wordStart]
 *
 * Sets and assertions are numbers into the lists of the pattern, equal ones being one.
 */
import type { CharSet } from './char-set.ts'

export type RegexNode =
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly set: number }
  | { readonly kind: 'assert'; readonly assertion: number }
  | { readonly kind: 'concat'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'alternate'; readonly branches: readonly RegexNode[] }
  | RepeatNode
  | GroupNode
  | BackReferenceNode

export interface RepeatNode {
  readonly kind: 'repeat'
  readonly body: RegexNode
  readonly min: number
  /** Infinity: no bound. */
  readonly max: number
  /** `{m}` has none and takes that of its body. */
  readonly prefer: Preference
}

export type Preference = 'longer' | 'shorter' | 'none'

/** A capturing group; `index` counts from 1. */
export interface GroupNode {
  readonly kind: 'group'
  readonly index: number
  readonly body: RegexNode
}

/** What the group matched, again; the group is closed before this place. */
export interface BackReferenceNode {
  readonly kind: 'back'
  readonly group: GroupNode
}

export type Assertion =
  | {
      readonly kind:
        | 'textStart'
        | 'textEnd'
        | 'lineStart'
        | 'lineEnd'
        | 'wordStart'
        | 'wordEnd'
        | 'boundary'
        | 'notBoundary'
    }
  | { readonly kind: 'ahead' | 'behind'; readonly negated: boolean; readonly body: RegexNode }

export interface RegexSyntax {
  readonly root: RegexNode
  readonly groupCount: number
  readonly sets: readonly CharSet[]
  readonly assertions: readonly Assertion[]
  /** Back references compare without regard to case. */
  readonly fold: boolean
  readonly hasBackReferences: boolean
}
