/** Makes the nodes of type names for the grammar's actions. */
import type { TextRange } from '../core/errors.ts'
import type * as ast from './ast.ts'
import { TokenReader } from './token-reader.ts'
import * as types from './type-names.ts'

interface Refusal {
  readonly what: string
  readonly from: number
  readonly to: number
}

export class TypeBuilder extends TokenReader {
  protected readonly refusals: Refusal[] = []

  /** Notes that the text from token `from` to `to` can't be run: its statement becomes an `unsupported` one. */
  refuse(what: string, from: number, to: number): void {
    this.refusals.push({ what, from, to })
  }

  singularUnit(word: string): string {
    return types.singularUnit(word)
  }

  simpleType(name: string, at: TextRange): ast.TypeName {
    return types.typeName(name, at)
  }

  plainTypeNamed(name: string, modifiers: readonly number[], at: TextRange): ast.TypeName {
    return types.typeName(name, at, { modifiers })
  }

  plainType(parts: readonly ast.Identifier[], modifiers: readonly number[], at: TextRange): ast.TypeName {
    return types.plainType(parts, modifiers, at)
  }

  nestedType(name: string, list: readonly ast.TypeName[], at: TextRange): ast.TypeName {
    return types.typeName(name, at, { arguments: list })
  }

  structType(fields: ast.TypeName['fields'], at: TextRange): ast.TypeName {
    return types.typeName('struct', at, { fields })
  }

  intervalType(fields: ast.TypeName['interval'], at: TextRange): ast.TypeName {
    return types.typeName('interval', at, { interval: fields })
  }

  timeType(
    modifiers: readonly number[],
    zone: 'with' | 'with local' | 'without' | null,
    token: number,
    at: TextRange,
  ): ast.TypeName {
    const word = this.value(token)
    const name = zone === null || zone === 'without' ? word : `${word} ${zone} time zone`
    return types.typeName(name, at, { modifiers })
  }

  arrayType(element: ast.TypeName, dimensions: number, at: TextRange): ast.TypeName {
    let type = element
    for (let i = 0; i < dimensions; i++) type = types.typeName('array', at, { arguments: [type] })
    return type
  }
}
