/**
 * Many small ranges read as few larger ones.
 *
 *   wanted   ##  ###      ##                #####
 *   read     [----------------]             [---]      gaps up to `gapMax` are read along
 *
 * Over object storage a request costs as much as about a megabyte; on disk a gap of some kilobytes costs less than a call.
 */

/** Half-open byte range. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export interface CoalesceOptions {
  /** Bytes between two ranges that are read along rather than skipped. */
  readonly gapMax: number
  /** Bytes of a merged range at most; a single wanted range may be larger. */
  readonly bytesMax: number
}

export interface CoalescedRange extends ByteRange {
  /** Indexes into the ranges wanted that lie within. */
  readonly parts: readonly number[]
}

/** The ranges to read, ascending, so that every one of `wanted` (in any order, overlaps allowed) lies within one of them. */
export function coalesceRanges(wanted: readonly ByteRange[], { gapMax, bytesMax }: CoalesceOptions): CoalescedRange[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]!.start - wanted[b]!.start)
  const merged: { start: number; end: number; parts: number[] }[] = []
  for (const part of order) {
    const { start, end } = wanted[part]!
    const last = merged.at(-1)
    const fits = last !== undefined && start - last.end <= gapMax && (end <= last.end || end - last.start <= bytesMax)
    if (fits) {
      last.end = Math.max(last.end, end)
      last.parts.push(part)
    } else {
      merged.push({ start, end, parts: [part] })
    }
  }
  return merged
}
