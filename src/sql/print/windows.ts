/** Windows: `(base PARTITION BY ... ORDER BY ... frame)`. */
import type { Expression, FrameBound, WindowFrame, WindowSpec } from '../ast.ts'
import { printName } from './names.ts'

/** `operand` prints what needs parentheses in them. */
export function printWindow(spec: WindowSpec, operand: (ast: Expression) => string): string {
  const parts: string[] = []
  if (spec.base !== null) parts.push(printName(spec.base))
  if (spec.partitionBy.length > 0) parts.push(`PARTITION BY ${spec.partitionBy.map(operand).join(', ')}`)
  if (spec.orderBy.length > 0) {
    const items = spec.orderBy.map(({ expression, descending, nulls }) => {
      return `${operand(expression)}${descending ? ' DESC' : ''}${nulls === null ? '' : ` NULLS ${nulls.toUpperCase()}`}`
    })
    parts.push(`ORDER BY ${items.join(', ')}`)
  }
  if (spec.frame !== null) parts.push(printFrame(spec.frame, operand))
  return `(${parts.join(' ')})`
}

function printFrame(frame: WindowFrame, operand: (ast: Expression) => string): string {
  const bound = ({ kind, offset }: FrameBound): string => {
    const words = kind.replace('-', ' ').toUpperCase()
    return offset === null ? words : `${operand(offset)} ${words}`
  }
  const { unit, start, end, exclude } = frame
  const range = end === null ? bound(start) : `BETWEEN ${bound(start)} AND ${bound(end)}`
  const rest = exclude === null ? '' : ` EXCLUDE ${exclude.replace('-', ' ').toUpperCase()}`
  return `${unit.toUpperCase()} ${range}${rest}`
}
