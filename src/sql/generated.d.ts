/** Made by `npm run build` from grammar/sql.peggy: see grammar/README.md. */
import type { Statement } from './ast.ts'
import type { TreeBuilder } from './tree-builder.ts'

export interface GeneratedOptions {
  readonly tree: TreeBuilder
}

/** Thrown by `parse`: `location.start.offset` counts tokens. */
export declare class SyntaxError extends Error {
  readonly location: { readonly start: { readonly offset: number } }
}

/** `tokens`: one character per token, see lexer.ts. */
export declare function parse(tokens: string, options: GeneratedOptions): Statement[]

/** The character of `KEYWORDS[k]` is U+E000 + k. */
export declare const KEYWORDS: readonly string[]
