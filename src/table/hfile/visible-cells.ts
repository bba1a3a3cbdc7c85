/**
 * What a get of HBase shows of cells: of each row and column the newest put that no delete hides.
 *
 *   delete                 hides
 *   DeleteFamily @t        all cells of the row's family up to t
 *   DeleteFamilyVersion @t the row's cells of the family at t
 *   DeleteColumn @t        all cells of the column up to t
 *   Delete @t              the cell of the column at t
 *
 * Cells come in HBase's order (row, family, qualifier, newest first, deletes before puts), so a delete is seen before what it hides.
 *
 * Spec: HBase reference guide, "Versions and Deletes".
 */
import type { CellCursor } from '../../format/hfile/cell-cursor.ts'

const PUT = 4
const DELETE = 8
const DELETE_FAMILY_VERSION = 10
const DELETE_COLUMN = 12
const DELETE_FAMILY = 14

export class VisibleCells {
  #key: Uint8Array = new Uint8Array(0)
  #rowLength = -1
  #familyLength = 0
  #familyDeletedTo: bigint | null = null
  readonly #familyVersions = new Set<bigint>()
  #columnDeletedTo: bigint | null = null
  readonly #versions = new Set<bigint>()
  #isFound = false

  /** Whether the next cell is one that is seen. */
  isVisible(cell: CellCursor): boolean {
    this.#enter(cell)
    const { timestamp } = cell
    switch (cell.type) {
      case DELETE_FAMILY:
        this.#familyDeletedTo = later(this.#familyDeletedTo, timestamp)
        return false
      case DELETE_FAMILY_VERSION:
        this.#familyVersions.add(timestamp)
        return false
      case DELETE_COLUMN:
        this.#columnDeletedTo = later(this.#columnDeletedTo, timestamp)
        return false
      case DELETE:
        this.#versions.add(timestamp)
        return false
      case PUT: {
        if (this.#isFound || this.#isHidden(timestamp)) return false
        this.#isFound = true
        return true
      }
      default:
        return false
    }
  }

  #isHidden(timestamp: bigint): boolean {
    if (this.#familyDeletedTo !== null && timestamp <= this.#familyDeletedTo) return true
    if (this.#columnDeletedTo !== null && timestamp <= this.#columnDeletedTo) return true
    return this.#familyVersions.has(timestamp) || this.#versions.has(timestamp)
  }

  /** Forgets what was about another row, family or column. */
  #enter({ key, keyLength, rowLength, familyLength }: CellCursor): void {
    const columnLength = keyLength - 9
    if (columnLength === this.#key.length && startsAlike(this.#key, key, columnLength)) return
    const familyEnd = 3 + rowLength + familyLength
    const isSameFamily =
      rowLength === this.#rowLength && familyLength === this.#familyLength && startsAlike(this.#key, key, familyEnd)
    if (!isSameFamily) {
      this.#familyDeletedTo = null
      this.#familyVersions.clear()
    }
    this.#columnDeletedTo = null
    this.#versions.clear()
    this.#isFound = false
    this.#key = key.slice(0, columnLength)
    this.#rowLength = rowLength
    this.#familyLength = familyLength
  }
}

function later(a: bigint | null, b: bigint): bigint {
  return a === null || b > a ? b : a
}

function startsAlike(a: Uint8Array, b: Uint8Array, length: number): boolean {
  if (a.length < length) return false
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false
  return true
}

/** HBase's order of cells. */
export function compareCells(a: CellCursor, b: CellCursor): number {
  return (
    comparePart(a.key, 2, a.rowLength, b.key, 2, b.rowLength) ||
    comparePart(a.key, 3 + a.rowLength, a.familyLength, b.key, 3 + b.rowLength, b.familyLength) ||
    comparePart(a.key, a.qualifierStart, a.qualifierLength, b.key, b.qualifierStart, b.qualifierLength) ||
    (a.timestamp === b.timestamp ? b.type - a.type : a.timestamp > b.timestamp ? -1 : 1)
  )
}

function comparePart(
  a: Uint8Array,
  aStart: number,
  aLength: number,
  b: Uint8Array,
  bStart: number,
  bLength: number,
): number {
  const length = Math.min(aLength, bLength)
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!
    if (difference !== 0) return difference
  }
  return aLength - bLength
}
