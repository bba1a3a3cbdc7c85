/**
 * A column chunk's dictionary as a vector of the type asked for, made once a row group: every batch refers to it.
 */
import type { FlatVector } from '../../core/vector.ts'
import type { Span } from '../codec.ts'
import type { Conversion } from './conversion.ts'
import type { SchemaElement } from './metadata.ts'
import { FixedValues, FixedViews, PlainBooleans, PlainViews } from './page-values.ts'
import type { PageValues } from './page-values.ts'
import { physicalWidth } from './open-values.ts'
import type { ReaderContext } from './reader-context.ts'
import { NOT_UTF8, convert } from './value-sink.ts'

const TRUNCATED = -1

/** Decodes the `valueCount` PLAIN values of a dictionary page; a negative error when they are not there. */
export function decodeDictionary(
  { kernels, memory, lasting, scratch }: ReaderContext,
  element: SchemaElement,
  conversion: Conversion,
  span: Span,
  valueCount: number,
): FlatVector | number {
  const { parquet } = kernels
  let values: PageValues
  let smallest = 4
  if (element.physical === 'BYTE_ARRAY') values = new PlainViews(parquet, span)
  else if (element.physical === 'BOOLEAN') {
    values = new PlainBooleans(parquet, span)
    smallest = 1 / 8
  } else {
    smallest = physicalWidth(element)
    const fixed = new FixedValues(parquet, memory.bulk, span, smallest)
    values = conversion.viewsOfFixed ? new FixedViews(parquet, fixed) : fixed
  }
  // Before allocating: the count is untrusted.
  if (valueCount * smallest > span.byteCount) return TRUNCATED
  const data = lasting.allocate(valueCount * conversion.width)
  const { steps, rawWidth } = conversion
  const raw = steps.length === 0 ? data : scratch.allocate(valueCount * rawWidth)
  const result = values.read(valueCount, raw)
  if (result < 0) return result
  const converted = steps.length === 0 ? 0 : convert(parquet, conversion, raw, valueCount, data, scratch)
  if (converted < 0) return converted
  const isText = conversion.type.kind === 'varchar' && steps.length === 0
  if (isText && kernels.text.viewsUtf8Error(data, valueCount) >= 0) return NOT_UTF8
  return {
    encoding: 'flat',
    type: conversion.type,
    length: valueCount,
    data,
    validity: 0,
    children: [],
  }
}
