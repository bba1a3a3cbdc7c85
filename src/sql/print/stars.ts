/** `*` with its modifiers. */
import type { Expression, StarItem } from '../ast.ts'
import { printName, printQualifiedName } from './names.ts'
import { patternWords } from './operators.ts'

/** `operand` prints what needs parentheses in them. */
export function printStar(star: StarItem, operand: (ast: Expression) => string): string {
  const { qualifier, exclude, replace, rename, pattern } = star
  const parts = [qualifier === null ? '*' : `${printQualifiedName(qualifier)}.*`]
  if (exclude.length > 0) parts.push(`EXCLUDE (${exclude.map(printQualifiedName).join(', ')})`)
  if (replace.length > 0) {
    const list = replace.map(({ expression, name }) => `${operand(expression)} AS ${printName(name)}`)
    parts.push(`REPLACE (${list.join(', ')})`)
  }
  if (rename.length > 0) {
    parts.push(`RENAME (${rename.map(({ from, to }) => `${printQualifiedName(from)} AS ${printName(to)}`).join(', ')})`)
  }
  if (pattern !== undefined) {
    const words = `${pattern.negated ? 'NOT ' : ''}${patternWords(pattern.operator)}`
    parts.push(`${words} ${operand(pattern.pattern)}`)
  }
  return parts.join(' ')
}
