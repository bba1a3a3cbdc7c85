/**
 * Finds a file's columns for those that a table asks for, for formats whose columns are a tree of typed nodes.
 *
 * By field id where the file has ids (never by name then: a renamed column keeps its id, a new column may have an old name),
 * else by the names given. Elements of lists and maps go by place. What the file lacks is missing.
 */
import { unsupported } from '../core/errors.ts'
import { BYTEA, type DataType, storageOf, typeName } from '../core/types.ts'
import type { LiteralValue } from '../core/value.ts'
import type { ColumnRange, TargetField } from './format.ts'
import { type ConversionStep, wideningSteps } from './parquet/conversion.ts'

/** A column, field, element, key or value of a file. */
export interface TreeNode<N> {
  readonly name: string
  readonly type: DataType
  readonly id?: number
  /** Struct fields; list: [element]; map: [key, value]; else empty. */
  readonly children: readonly N[]
  /** Why values cannot be read: those of this node are refused, the others not. */
  readonly refusal?: string
}

export type BoundTree<N> = MissingColumn | BoundColumn<N>

/** Not in the file: every row has this value. */
export interface MissingColumn {
  readonly kind: 'missing'
  readonly type: DataType
  readonly value: LiteralValue
}

export interface BoundColumn<N> {
  readonly kind: 'column'
  readonly type: DataType
  readonly node: N
  /** From the layout of the node's type to that of `type`; empty for nested ones. */
  readonly steps: readonly ConversionStep[]
  readonly children: readonly BoundTree<N>[]
}

/** Conversions of a format's own, tried before those that all formats share; undefined: none. */
export type OwnSteps<N> = (node: N, to: DataType) => readonly ConversionStep[] | undefined

/** The parts of a variant, in the order of PLAIN_VARIANT. */
const VARIANT_PARTS: readonly TargetField[] = ['metadata', 'value'].map((name) => ({
  names: [name],
  type: BYTEA,
  children: [],
}))

/** Binds `targets` to a file's columns. Errors: 0A000 where a type cannot be converted. */
export function bindTree<N extends TreeNode<N>>(
  targets: readonly TargetField[],
  nodes: readonly N[],
  ownSteps: OwnSteps<N> = () => undefined,
): BoundTree<N>[] {
  const hasIds = nodes.some(hasId)
  return targets.map((target) => bindField(target, nodes, { hasIds, ownSteps }))
}

interface Binding<N> {
  readonly hasIds: boolean
  readonly ownSteps: OwnSteps<N>
}

function hasId<N extends TreeNode<N>>(node: N): boolean {
  return node.id !== undefined || node.children.some(hasId)
}

function bindField<N extends TreeNode<N>>(target: TargetField, nodes: readonly N[], binding: Binding<N>): BoundTree<N> {
  const node =
    binding.hasIds && target.id !== undefined
      ? nodes.find(({ id }) => id === target.id)
      : nodeByName(nodes, target.names)
  if (node === undefined) return { kind: 'missing', type: target.type, value: target.missing ?? null }
  return bindNode(target, node, binding)
}

function bindNode<N extends TreeNode<N>>(target: TargetField, node: N, binding: Binding<N>): BoundTree<N> {
  const { type } = target
  if (node.refusal !== undefined) throw unsupported(`reading column "${node.name}": ${node.refusal}`)
  if (node.type.kind === 'null') return { kind: 'missing', type, value: null }
  const column = { kind: 'column', type, node } as const
  const isNested = type.kind === 'struct' || type.kind === 'list' || type.kind === 'map'
  if (type.kind === 'variant' && node.type.kind === 'struct') {
    // Iceberg stores one as a struct of its parts; formats other than Parquet have no shredded ones.
    const children = VARIANT_PARTS.map((part) => bindField(part, node.children, { ...binding, hasIds: false }))
    if (children.every(({ kind }) => kind === 'column')) return { ...column, steps: [], children }
  }
  if (!isNested) {
    const steps = binding.ownSteps(node, type) ?? wideningSteps(node.type, type)
    if (steps !== undefined) return { ...column, steps, children: [] }
  } else if (type.kind === 'struct' && node.type.kind === 'struct') {
    const children = target.children.map((child) => bindField(child, node.children, binding))
    return { ...column, steps: [], children }
  } else if (node.type.kind === type.kind && node.children.length === target.children.length) {
    const children = target.children.map((child, i) => bindNode(child, node.children[i]!, binding))
    return { ...column, steps: [], children }
  }
  throw unsupported(`reading column "${node.name}" of type ${typeName(node.type)} as ${typeName(type)}`)
}

/** The first name found counts; without regard to case where no column has it exactly and one only has it otherwise. */
export function nodeByName<N extends { readonly name: string }>(
  nodes: readonly N[],
  names: readonly string[],
): N | undefined {
  for (const name of names) {
    const exact = nodes.find((node) => node.name === name)
    if (exact !== undefined) return exact
    const folded = name.toLowerCase()
    const alike = nodes.filter((node) => node.name.toLowerCase() === folded)
    if (alike.length === 1) return alike[0]
  }
  return undefined
}

/** The range of a missing column in `rowCount` rows. */
export function rangeOfMissing({ type, value }: MissingColumn, rowCount: number): ColumnRange | undefined {
  if (value === null) return { exact: true, nullCount: rowCount, valueCount: rowCount }
  const storage = storageOf(type)
  if (storage === 'list' || storage === 'struct') return undefined
  return { min: value, max: value, exact: true, nullCount: 0, valueCount: rowCount }
}
